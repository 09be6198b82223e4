package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A meter shows how far a run is: a bar on a terminal, one line every few seconds in a log, nothing with --quiet.
// It implements apply.Progress.
type meter struct {
	w        io.Writer
	terminal bool
	json     bool // one JSON object a line
	now      func() time.Time
	every    time.Duration

	mu          sync.Mutex // patches run side by side
	bar         *progressbar.ProgressBar
	name        string
	done, total int
	last        time.Time
}

func (a *app) meter() *meter {
	m := &meter{w: a.stderr, terminal: a.stderrTerminal, now: a.now, every: 5 * time.Second}
	if a.global.quiet {
		m.w, m.terminal = io.Discard, false
	}
	return m
}

// meterOf makes the meter that --progress asks for.
func (a *app) meterOf(kind string) (*meter, error) {
	m := a.meter()
	switch kind {
	case "auto":
	case "bar":
		m.terminal = true
	case "lines":
		m.terminal = false
	case "json":
		m.terminal, m.json = false, true
	case "none":
		m.w, m.terminal = io.Discard, false
	default:
		return nil, usagef("--progress is auto, bar, lines, json or none, not %q", kind)
	}
	return m, nil
}

// Stage begins a part of the run; total is 0 where it is not known.
func (m *meter) Stage(name string, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.name, m.done, m.total, m.last = name, 0, total, m.now()
	if !m.terminal {
		return
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(m.w), // the library draws on standard output otherwise
		progressbar.OptionSetVisibility(true),
		progressbar.OptionSetDescription(fmt.Sprintf("%-8s", name)),
		progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(progressbar.ThemeUnicode),
	}
	if total <= 0 {
		total = -1 // a spinner
	}
	m.bar = progressbar.NewOptions(total, options...)
}

// Add says that n more rows are through.
func (m *meter) Add(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	if m.bar != nil {
		_ = m.bar.Add(n) // a terminal that went away is no reason to stop writing to a tenant
		return
	}
	if t := m.now(); t.Sub(m.last) >= m.every && m.done != m.total {
		m.last = t
		m.tell("…")
	}
}

// End closes the stage with a word on how it went.
func (m *meter) End(note string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		_ = m.bar.Finish() // as above
		m.bar = nil
	}
	m.tell(note)
}

// tell writes one line of progress.
func (m *meter) tell(note string) {
	if !m.json {
		fmt.Fprintln(m.w, m.line(note))
		return
	}
	line, err := json.Marshal(struct {
		Type  string `json:"type"`
		Stage string `json:"stage"`
		Done  int    `json:"done"`
		Total int    `json:"total,omitempty"` // 0 where nobody knows
		Ended bool   `json:"ended"`
		Note  string `json:"note,omitempty"`
	}{"progress", m.name, m.done, m.total, note != "…", strings.TrimSuffix(note, "…")})
	if err == nil {
		fmt.Fprintf(m.w, "%s\n", line)
	}
}

func (m *meter) line(note string) string {
	count := fmt.Sprintf("%d", m.done)
	if m.total > 0 {
		count = fmt.Sprintf("%d/%d", m.done, m.total)
	}
	return fmt.Sprintf("%-8s %-13s %s", m.name, count, note)
}

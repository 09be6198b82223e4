package nelm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func openTestSlots(t *testing.T, folder string) *SharedSlots {
	t.Helper()
	s, err := OpenSlots(folder, Config{BaseURL: "https://acme.example.com", ClientID: "id"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSharedSlotsAreKeptForTheNextProcess(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	until := now.Add(time.Minute)
	first := openTestSlots(t, folder)
	for i := range SlotCount {
		slot, _, err := first.Take(now, until, SlotCount)
		if err != nil || slot < 0 {
			t.Fatalf("slot %d: got %d, %v", i, slot, err)
		}
		if err := first.Open(slot, until, now.Add(window)); err != nil {
			t.Fatal(err)
		}
	}
	second := openTestSlots(t, folder)
	if slot, next, err := second.Take(now.Add(time.Second), until, SlotCount); err != nil || slot >= 0 || !next.Equal(now.Add(window)) {
		t.Errorf("got slot %d, next %v, %v; want none until %v", slot, next, err, now.Add(window))
	}
	if slot, _, err := second.Take(now.Add(window), until, SlotCount); err != nil || slot < 0 {
		t.Errorf("got slot %d, %v; want one as soon as it opens", slot, err)
	}
	if err := first.Hold(now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if slot, next, err := second.Take(now.Add(30*time.Second), until, SlotCount); err != nil || slot >= 0 || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("got slot %d, next %v, %v; want the hold of the other process", slot, next, err)
	}
	if err := second.Hold(now.Add(40 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, next, err := first.Take(now.Add(30*time.Second), until, SlotCount); err != nil || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("a shorter hold replaced the longer one: next %v, %v", next, err)
	}
}

func TestSharedSlotsOfOthersAreNotShared(t *testing.T) {
	folder := t.TempDir()
	names := make(map[string]bool)
	for _, c := range []Config{
		{BaseURL: "https://acme.example.com", ClientID: "id"},
		{BaseURL: "https://acme.example.com", ClientID: "id2"},
		{BaseURL: "https://acme.example.com", ClientID: "id", Version: "v2025"},
		{BaseURL: "https://other.example.com", ClientID: "id"},
	} {
		s, err := OpenSlots(folder, c)
		if err != nil {
			t.Fatal(err)
		}
		names[s.file.Name()] = true
		if info, err := s.file.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("mode %v, %v: others may read it", info.Mode(), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(names) != 4 {
		t.Errorf("%d files for four budgets of the service", len(names))
	}
}

func TestSharedSlotsSurviveAClockThatIsSetBack(t *testing.T) {
	s := openTestSlots(t, t.TempDir())
	later := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for range SlotCount {
		if _, _, err := s.Take(later, later.Add(time.Minute), SlotCount); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Hold(later.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	if slot, next, err := s.Take(now, now.Add(time.Minute), SlotCount); err != nil || slot >= 0 || next.After(now.Add(window)) {
		t.Errorf("got slot %d, next %v, %v; want a wait of one window at most", slot, next, err)
	}
}

func TestSharedSlotsRefuseAForeignFile(t *testing.T) {
	folder := t.TempDir()
	s := openTestSlots(t, folder)
	if err := os.WriteFile(s.file.Name(), []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSlots(folder, Config{BaseURL: "https://acme.example.com", ClientID: "id"}); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}

// fastClock is the wall clock, a hundred times as fast, the same in every process.
type fastClock struct{ began time.Time }

const fastness = 100

func (c fastClock) Now() time.Time { return c.began.Add(fastness * time.Since(c.began)) }

func (c fastClock) Sleep(ctx context.Context, d time.Duration) error {
	return systemClock{}.Sleep(ctx, d/fastness)
}

// Two processes at once, and one that is killed: together they never put more into a window than one may alone. The
// instant at which the service counts a request is somewhere between taking and answering, so that a slow machine cannot
// make this test fail.
func TestSharedSlotsKeepOnePaceForProcesses(t *testing.T) {
	const env = "NELM_TEST_PACE"
	if args := os.Getenv(env); args != "" {
		folder, began, _ := strings.Cut(args, "|")
		paceProcess(t, folder, began)
		return
	}
	folder := t.TempDir()
	began := time.Now().Round(0)
	const processes, requests = 3, 200
	var wg sync.WaitGroup
	outputs := make([]string, processes)
	for i := range processes {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestSharedSlotsKeepOnePaceForProcesses$", "-test.v")
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d", env, folder, began.UnixNano()))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("process %d: %v\n%s", i, err, out)
			}
			outputs[i] = string(out)
		})
	}
	wg.Wait()
	var g gauge
	for i, out := range outputs {
		n := 0
		for line := range strings.Lines(out) {
			if at, ok := strings.CutPrefix(strings.TrimSpace(line), "arrival "); ok {
				ns, err := strconv.ParseInt(at, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				g.arrivals = append(g.arrivals, time.Unix(0, ns))
				n++
			}
		}
		if n != requests {
			t.Errorf("process %d sent %d requests, want %d", i, n, requests)
		}
	}
	if got := g.crowded(); got > SlotCount {
		t.Errorf("%d requests within ten seconds, the service takes %d", got, SlotCount)
	}
}

func paceProcess(t *testing.T, folder, began string) {
	ns, err := strconv.ParseInt(began, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	clock := fastClock{time.Unix(0, ns)}
	p := newPacer(clock, openTestSlots(t, folder), silentPacer(nil).log, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			for range 50 {
				ticket, err := p.take(t.Context(), testLife)
				if err != nil {
					t.Error(err)
					return
				}
				if err := clock.Sleep(t.Context(), 100*time.Millisecond); err != nil {
					t.Error(err)
				}
				mu.Lock()
				fmt.Printf("arrival %d\n", clock.Now().UnixNano())
				mu.Unlock()
				if err := clock.Sleep(t.Context(), 100*time.Millisecond); err != nil {
					t.Error(err)
				}
				ticket.answered()
			}
		})
	}
	wg.Wait()
}

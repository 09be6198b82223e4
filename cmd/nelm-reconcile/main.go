// Command nelm-reconcile keeps a non-employee source of SailPoint Identity Security Cloud in step with a spreadsheet:
// check the list, see what differs, decide on a plan, apply it, and have every row proven by reading it back.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	// Time zones are named in people's configuration; machines without a zone database must read the same days.
	_ "time/tzdata"

	"golang.org/x/term"

	"github.com/nelm-reconcile/nelm-reconcile/internal/heap"
	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], stdio())) }

// An app is what a command needs of the world outside; every part is replaced in tests.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	stdinTerminal  bool // somebody can be asked
	stderrTerminal bool // progress can be drawn
	stdoutTerminal bool // colour makes sense
	env            func(string) (string, bool)
	now            func() time.Time
	clock          nelm.Clock // what waits go by; nil for the machine's

	global globalFlags
	conf   *config
	guard  bool           // patches test what they replace
	close  []func() error // what a command opened for the whole run

	writing    atomic.Pointer[state.Run] // the run of apply that has begun to write, or may have
	sharedSaid bool                      // that others can read the file with the secret
}

func stdio() *app {
	return &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		stdinTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		stderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		stdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		env:            os.LookupEnv,
		now:            time.Now,
	}
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, a *app) int {
	ctx, signalled, again, stop := notify(ctx, a.linger)
	defer stop()

	if _, given := a.env("GOGC"); given {
		heap.Release()
	} else {
		heap.Keep()
	}
	root := newRoot(a)
	root.SetArgs(args)
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		for _, c := range a.close {
			err = errors.Join(err, c())
		}
		ended <- err
	}()
	var err error
	select {
	case err = <-ended:
	case s := <-again:
		return a.leave(s)
	}
	if s := signalled(); s != nil && err != nil {
		err = &interruptError{signal: s, err: err}
	}
	code := exitCode(err)
	if err != nil {
		a.printError(err)
		if code != exitOK {
			fmt.Fprintf(a.stderr, "exit %d (%s)\n", code, exitNames[code])
		}
	}
	return code
}

// linger says why the program does not end with the first interrupt: a write that has begun is given time for its answer.
func (a *app) linger() {
	if a.writing.Load() == nil {
		return
	}
	if a.stderrTerminal {
		fmt.Fprintln(a.stderr) // a bar may stand there
	}
	fmt.Fprintln(a.stderr, "interrupted: nothing more is sent, and what is under way is given half a minute for its answer; interrupt again to end at once")
}

// leave says how to go on when the program ends at once, while a command is still at work: what is in the journal by then is
// enough for that.
func (a *app) leave(s os.Signal) int {
	code := exitCode(&interruptError{signal: s, err: context.Canceled})
	if a.stderrTerminal {
		fmt.Fprintln(a.stderr) // a bar may stand there
	}
	fmt.Fprintln(a.stderr, "error: interrupted twice and ended at once, without waiting for what was under way")
	if run := a.writing.Load(); run != nil {
		fmt.Fprintf(a.stderr, "hint: what became of run %s is not known; go on with  nelm-reconcile apply --resume %s\n", run.ID, run.ID)
	}
	fmt.Fprintf(a.stderr, "exit %d (%s)\n", code, exitNames[code])
	return code
}

// notify returns a context that ends with the first interrupt, of which first hears; the second one arrives at again.
func notify(ctx context.Context, first func()) (_ context.Context, signalled func() os.Signal, again <-chan os.Signal, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	c := make(chan os.Signal, 2)
	got, second := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	go func() {
		s, ok := <-c
		if !ok {
			return
		}
		got <- s
		cancel()
		first()
		if s, ok = <-c; ok {
			second <- s
		}
	}()
	var was os.Signal
	signalled = func() os.Signal {
		select {
		case was = <-got:
		default:
		}
		return was
	}
	return ctx, signalled, second, func() { signal.Stop(c); close(c); cancel() }
}

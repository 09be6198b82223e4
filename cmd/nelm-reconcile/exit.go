package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// The exit codes are a promise: help exit-codes prints them, scripts rest on them.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitChanges     = 4
	exitUnsafe      = 5
	exitStale       = 6
	exitPartial     = 7
	exitDenied      = 8
	exitUnavailable = 9
	exitInterrupt   = 130
	exitTerminate   = 143
)

var exitNames = map[int]string{
	exitOK: "ok", exitError: "error", exitUsage: "usage", exitInvalid: "invalid", exitChanges: "changes",
	exitUnsafe: "unsafe", exitStale: "stale", exitPartial: "partial", exitDenied: "denied",
	exitUnavailable: "unavailable", exitInterrupt: "interrupted", exitTerminate: "terminated",
}

// A codedError ends the command with a code of the command's own choosing.
type codedError struct {
	code int
	err  error // nil: what there is to say was printed already
	hint string
}

func (e *codedError) Error() string {
	if e.err == nil {
		return exitNames[e.code]
	}
	return e.err.Error()
}

func (e *codedError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &codedError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

type interruptError struct {
	signal os.Signal
	err    error
}

func (e *interruptError) Error() string { return e.err.Error() }
func (e *interruptError) Unwrap() error { return e.err }

// exitCode maps an error to the code that the documentation promises for it.
func exitCode(err error) int {
	var (
		coded       *codedError
		interrupted *interruptError
		input       *csvio.InputError
		file        *plan.FileError
		limit       *plan.LimitError
		invalid     *plan.InvalidError
		place       *apply.WrongPlaceError
		stale       *apply.StaleError
		partial     *apply.PartialError
		denied      *apply.DeniedError
		rights      *plan.RightsError
		busy        *apply.BusyError
		unsafe      *apply.UnsafeError
		expect      *apply.ExpectError
		capacity    *apply.CapacityError
		applied     *state.AppliedError
		locked      *state.LockedError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &partial): // wins over all others: something was sent and is not as planned
		return exitPartial
	case errors.As(err, &interrupted):
		if interrupted.signal == syscall.SIGTERM {
			return exitTerminate
		}
		return exitInterrupt
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &input), errors.As(err, &file):
		return exitUsage
	case errors.As(err, &invalid):
		return exitInvalid
	case errors.As(err, &limit), errors.As(err, &place), errors.As(err, &unsafe), errors.As(err, &expect), errors.As(err, &capacity):
		return exitUnsafe
	case errors.As(err, &stale), errors.As(err, &applied):
		return exitStale
	case errors.As(err, &denied), errors.As(err, &rights), errors.Is(err, nelm.ErrDenied):
		return exitDenied
	case errors.As(err, &busy), errors.As(err, &locked), errors.Is(err, nelm.ErrUnavailable), errors.Is(err, nelm.ErrRateLimited),
		errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	case errors.Is(err, context.Canceled):
		return exitInterrupt
	}
	return exitError
}

// printError writes an error and every hint it carries. Nothing is printed for an error that has said its own.
func (a *app) printError(err error) {
	w := a.stderr
	var coded *codedError
	if errors.As(err, &coded) && coded.err == nil {
		return
	}
	lines := strings.Split(strings.TrimRight(err.Error(), "\n"), "\n")
	fmt.Fprintf(w, "error: %s\n", lines[0])
	for _, l := range lines[1:] {
		fmt.Fprintf(w, "  %s\n", strings.TrimPrefix(l, "  "))
	}
	for _, h := range append(hints(err), a.tenantHints(err)...) {
		fmt.Fprintf(w, "hint: %s\n", h)
	}
}

// tenantHints says what to look at where the tenant refused or did not answer.
func (a *app) tenantHints(err error) []string {
	if a.conf == nil || a.conf.BaseURL == "" {
		return nil
	}
	from := a.conf.origin["base-url"]
	var refused *nelm.Error
	switch {
	case errors.Is(err, nelm.ErrDenied) && errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		secret := "SAIL_CLIENT_ID and SAIL_CLIENT_SECRET"
		if a.global.secretFile != "" {
			secret = "the id and secret in " + a.global.secretFile
		}
		return []string{fmt.Sprintf("check that %s belong to %s (%s) and have not expired;  nelm-reconcile doctor  looks at all of it", secret, a.conf.BaseURL, from)}
	case errors.Is(err, nelm.ErrDenied):
		return []string{"nelm-reconcile doctor  says what this token may do"}
	case errors.Is(err, nelm.ErrRateLimited):
		return []string{"another program shares this client's requests: try again later, or give this one a client of its own"}
	case errors.Is(err, nelm.ErrUnavailable):
		return []string{fmt.Sprintf("check the address %s (%s) and the network, and try again later", a.conf.BaseURL, from)}
	}
	return nil
}

// hints collects what the errors of a chain advise, outermost first.
func hints(err error) []string {
	var all []string
	add := func(h string) {
		if h == "" {
			return
		}
		for _, have := range all {
			if have == h {
				return
			}
		}
		all = append(all, h)
	}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
			return
		case *codedError:
			add(e.hint)
		case *csvio.InputError:
			add(e.Hint)
		case *plan.FileError:
			add(e.Hint)
		case *plan.LimitError:
			add(e.Hint())
		case *plan.RightsError:
			add(e.Hint)
		case *plan.InvalidError:
			if e.Remedy != "" {
				add(e.Remedy)
				break
			}
			add("mend them (nelm-reconcile validate lists them), or plan the other rows with --skip-invalid; people with such rows are left alone")
		case *apply.StaleError:
			add("make a new plan, or apply the rest with --skip-drifted")
		case *apply.ExpectError:
			add("apply the file that was reviewed, or have this one reviewed:  nelm-reconcile show PLAN --format html -o review.html")
		case *apply.CapacityError:
			add("have records deleted that are not needed any more, and try again; or plan a list that leaves some of the new people to another source")
		case *apply.WrongPlaceError:
			if e.What != "schema" {
				add("name the plan's own source with --source and use a token of its tenant, or plan the list again for this one")
			}
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range e.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	return all
}

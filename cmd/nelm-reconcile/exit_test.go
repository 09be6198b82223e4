package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/internal/state"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/nelm"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

func TestExitCode(t *testing.T) {
	for _, test := range []struct {
		why  string
		err  error
		want int
	}{
		{"no error", nil, exitOK},
		{"an error that nobody foresaw", errors.New("x"), exitError},
		{"a file that is not there is named by the command", &codedError{code: exitUsage, err: fs.ErrNotExist}, exitUsage},
		{"a list that cannot be used", fmt.Errorf("open: %w", &csvio.InputError{}), exitUsage},
		{"a plan file that was edited", fmt.Errorf("p: %w", &plan.FileError{}), exitUsage},
		{"an invalid list", &codedError{code: exitInvalid}, exitInvalid},
		{"differences, with --exit-code", &codedError{code: exitChanges}, exitChanges},
		{"a plan of an invalid list", &plan.InvalidError{}, exitInvalid},
		{"a limit", &plan.LimitError{}, exitUnsafe},
		{"a plan of another tenant", &apply.WrongPlaceError{}, exitUnsafe},
		{"an unsafe plan", &apply.UnsafeError{}, exitUnsafe},
		{"a route that the token may not take", &plan.RightsError{}, exitDenied},
		{"another plan than was reviewed", &apply.ExpectError{}, exitUnsafe},
		{"no room in the source", &apply.CapacityError{}, exitUnsafe},
		{"the tenant moved", &apply.StaleError{}, exitStale},
		{"a plan that was applied before", &state.AppliedError{}, exitStale},
		{"something was sent and is not as planned", &apply.PartialError{Result: &apply.Result{}}, exitPartial},
		{"partial wins over what ended the run early", &apply.PartialError{Result: &apply.Result{}, Cause: nelm.ErrDenied}, exitPartial},
		{"partial wins over an interrupt", &interruptError{signal: syscall.SIGINT, err: &apply.PartialError{Result: &apply.Result{}}}, exitPartial},
		{"a wrong secret", fmt.Errorf("token: %w", nelm.ErrDenied), exitDenied},
		{"a token that may not patch", &apply.DeniedError{}, exitDenied},
		{"no answer", fmt.Errorf("x: %w", nelm.ErrUnavailable), exitUnavailable},
		{"too many requests", nelm.ErrRateLimited, exitUnavailable},
		{"another process has the lock", &state.LockedError{}, exitUnavailable},
		{"an upload of somebody else", &apply.BusyError{}, exitUnavailable},
		{"an interrupt", &interruptError{signal: syscall.SIGINT, err: context.Canceled}, exitInterrupt},
		{"a termination", &interruptError{signal: syscall.SIGTERM, err: context.Canceled}, exitTerminate},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%s: exitCode(%v) = %d, want %d", test.why, test.err, got, test.want)
		}
	}
	for code := range exitNames {
		if exitNames[code] == "" {
			t.Errorf("code %d has no name", code)
		}
	}
}

func TestExitCodesPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n")
	shown, _, _ := strings.Cut(rest, "```")
	if diff := cmp.Diff(exitCodesText(), shown); diff != "" {
		t.Errorf("docs/exit-codes.md is not what help exit-codes prints (-want +got):\n%s", diff)
	}
}

func TestNoRoomSaysWhatToDo(t *testing.T) {
	if got := strings.Join(hints(&apply.CapacityError{Records: 20_000, Creates: 1, Limit: 20_000}), "\n"); !strings.Contains(got, "deleted") {
		t.Errorf("hints %q", got)
	}
}

// Where the tenant refused or did not answer, the error says what to look at.
func TestTenantHints(t *testing.T) {
	a := &app{conf: &config{settings: settings{BaseURL: "https://acme.example"}}}
	for _, test := range []struct {
		why  string
		err  error
		want string
	}{
		{"every wait that the service asked for was in vain", fmt.Errorf("list records: %w", nelm.ErrRateLimited), "client of its own"},
		{"no answer", fmt.Errorf("list records: %w", nelm.ErrUnavailable), "https://acme.example"},
		{"not allowed", fmt.Errorf("patch: %w", nelm.ErrDenied), "doctor"},
		{"an error of ours", errors.New("disk full"), ""},
	} {
		got := strings.Join(a.tenantHints(test.err), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: hints %q, want %q", test.why, got, test.want)
		}
	}
}

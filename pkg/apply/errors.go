package apply

import (
	"fmt"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// A WrongPlaceError is the refusal to apply a plan to another tenant or source, or to a source that asks something else of
// a record than it did. Nothing was sent, and nothing allows it.
type WrongPlaceError struct {
	What string // tenant, source or schema
	Plan string // the plan's
	Here string // what the token sees
}

func (e *WrongPlaceError) Error() string {
	if e.What == "schema" {
		return fmt.Sprintf("the source's schema has changed since the plan was made (%s then, %s now): make a new plan", e.Plan, e.Here)
	}
	return fmt.Sprintf("the plan is for another %s: it names %s, and the token and --source lead to %s", e.What, e.Plan, e.Here)
}

// An UnsafeError is the refusal of a plan that broke a limit when it was made. Nothing was sent.
type UnsafeError struct{ Refusals []plan.Refusal }

func (e *UnsafeError) Error() string {
	var why []string
	for _, r := range e.Refusals {
		why = append(why, r.Message)
	}
	if why == nil {
		why = append(why, "its trailer says so")
	}
	return "the plan is unsafe and cannot be applied: " + strings.Join(why, "; ") + "; make a new plan with what it names"
}

// An ExpectError is the refusal of a plan that is not the one that was reviewed. Nothing was sent.
type ExpectError struct{ Want, Got string }

func (e *ExpectError) Error() string {
	return fmt.Sprintf("this is not the plan that was reviewed: its fingerprint is %s, --expect says %s", e.Got, e.Want)
}

// A StaleError says that records which the plan touches have moved since it was made. Nothing was sent.
type StaleError = plan.StaleError

// A DeniedError says that the token may not do what the plan needs. Nothing was changed.
type DeniedError struct {
	Message string
	Hint    string
	Cause   error // the tenant's answer, where it was asked
}

func (e *DeniedError) Error() string { return e.Message + ": " + e.Hint }

func (e *DeniedError) Unwrap() error { return e.Cause }

// A BusyError says that an upload job of somebody else is running on the source. Nothing was sent.
type BusyError struct{ Status string }

func (e *BusyError) Error() string {
	return fmt.Sprintf("an upload is running on the source (%s): a second one would fail, and what it changes is not in the plan; try again when it has ended", e.Status)
}

// A CapacityError says that the source has no room for the accounts of the plan that it does not hold yet. Nothing was sent;
// where a run goes on, nothing more.
type CapacityError struct{ Records, Creates, Deletes, Limit int }

func (e *CapacityError) Error() string {
	return fmt.Sprintf("no room: the source holds %d records, %d are still to be created and %d to be deleted, and a source takes %d", e.Records, e.Creates, e.Deletes, e.Limit)
}

// A PartialError says that something was sent and not everything planned was verified. The [Result] has the rows.
type PartialError struct {
	Result *Result
	Cause  error // of the early end, where there was one; its own kind does not count any more once something was sent
}

func (e *PartialError) Error() string {
	s := e.Result.String()
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	if e.Result.Resumable && e.Result.Run != "" {
		s += "; go on with: nelm-reconcile apply --resume " + e.Result.Run
	}
	return s
}

func (e *PartialError) Unwrap() error { return e.Cause }

// An InterruptedError says that the context ended: no new write was begun, those under way were waited for, and the journal
// is whole.
type InterruptedError struct {
	Run    string  // to go on with; empty where nothing had begun
	Result *Result // nil where nothing had begun
	Cause  error   // the context's
}

func (e *InterruptedError) Error() string {
	if e.Run == "" {
		return "interrupted before anything was sent"
	}
	return "interrupted, " + e.Result.String() + "; go on with: nelm-reconcile apply --resume " + e.Run
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// A FinishedError is the answer to resuming a run that has nothing left to do.
type FinishedError struct {
	Run    string
	Result *Result
}

func (e *FinishedError) Error() string {
	return fmt.Sprintf("run %s is finished: %s; what is not verified needs a new plan", e.Run, e.Result)
}

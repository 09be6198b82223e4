package plan

import (
	"fmt"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What the service takes in one call, and what of it we ask.
const (
	MaxPatches  = 600 // as many as fit into a minute of pace; more updates go by upload
	PageSize    = 250 // records to a page of the list endpoint
	DeleteChunk = 100 // ids in a bulk delete; the service states no maximum
	paceCalls   = 100 // requests per client and API version …
	paceSeconds = 10  // … in this many seconds
	statusPolls = 6   // looks at the status of one upload job
	fixedCalls  = 4   // token, source, template, status of an earlier upload
)

// rights is what a token may do, as far as routes depend on it.
type rights struct {
	patch   bool // an application's token may not
	endOnly bool // a token below org admin may only move the end date
}

// rightsOf reads the rights from the token. A plan that is made against a file knows no token yet and assumes an
// administrator's; applying it checks.
func rightsOf(a schema.Access, against string) rights {
	if against != "" {
		return rights{patch: true}
	}
	return rights{patch: a.User, endOnly: a.User && !a.Admin}
}

// routes decides for each class how it reaches the tenant.
func routes(n map[Class]int64, r rights, wish string) []RouteCount {
	byClass := make(map[Class]RouteCount, len(n))
	set := func(c Class, route Route, reason string) {
		byClass[c] = RouteCount{Class: c, Route: route, Operations: n[c], Reason: reason}
	}
	set(ClassCreate, Upload, "one takes them all")
	set(ClassDelete, BulkDelete, fmt.Sprintf("up to %d ids to a call", DeleteChunk))
	total := n[ClassUpdate] + n[ClassClear] + n[ClassEnd]
	small := n[ClassClear] + n[ClassEnd]
	seconds := pace(total)
	const cannotClear = "an upload cannot clear a value"
	switch {
	case !r.patch:
		set(ClassUpdate, Upload, "an application's token cannot patch")
		set(ClassEnd, Upload, "an application's token cannot patch")
	case r.endOnly:
		set(ClassUpdate, Patch, "this token may only move end dates, by patch")
		set(ClassEnd, Patch, "this token may only move end dates, by patch")
	case wish == "patch":
		set(ClassUpdate, Patch, "--route patch")
		set(ClassEnd, Patch, "--route patch")
		set(ClassClear, Patch, cannotClear)
	case wish == "bulk":
		set(ClassUpdate, Upload, "--route bulk")
		set(ClassEnd, Upload, "--route bulk")
		set(ClassClear, Patch, cannotClear)
	case total <= MaxPatches:
		reason := fmt.Sprintf("%s %s %s; over %d, updates go by upload", grouped(total), verb(total, "patch takes", "patches take"), waits(seconds), MaxPatches)
		set(ClassUpdate, Patch, reason)
		set(ClassEnd, Patch, reason)
		set(ClassClear, Patch, cannotClear)
	default:
		reason := fmt.Sprintf("%s updates and ends: %s s by patch, one upload instead", grouped(total), grouped(seconds))
		set(ClassUpdate, Upload, reason)
		set(ClassEnd, Upload, reason)
		set(ClassClear, Patch, cannotClear)
		if small <= MaxPatches {
			set(ClassEnd, Patch, fmt.Sprintf("the %s that end or clear take %s", grouped(small), waits(pace(small))))
		}
	}
	var out []RouteCount
	for _, c := range []Class{ClassCreate, ClassUpdate, ClassClear, ClassEnd, ClassDelete} {
		if rc := byClass[c]; rc.Operations > 0 {
			out = append(out, rc)
		}
	}
	return out
}

// pace is the least number of seconds that n requests take under the limit of 100 in 10 seconds, the first hundred being
// free.
func pace(n int64) int64 {
	if n <= 0 {
		return 0
	}
	return (n - 1) / paceCalls * paceSeconds
}

func waits(seconds int64) string {
	if seconds == 0 {
		return "no waiting"
	}
	return fmt.Sprintf("%d s at the service's pace", seconds)
}

// requests counts the calls of applying a plan to a source with the given number of records.
func requests(routes []RouteCount, c Counts, records int64) Requests {
	var r Requests
	if c.Sent() == 0 {
		return r
	}
	var uploaded int64
	for _, rc := range routes {
		switch rc.Route {
		case Upload:
			uploaded += rc.Operations
		case Patch:
			r.Patches += rc.Operations
		case BulkDelete:
			r.Deletes += ceil(rc.Operations, DeleteChunk)
		}
	}
	if uploaded > 0 {
		r.Uploads = 1 + statusPolls
	}
	r.Reads = max(1, ceil(records, PageSize)) + max(1, ceil(records+c.Create-c.Delete, PageSize))
	r.Other = fixedCalls
	r.Total = r.Reads + r.Uploads + r.Patches + r.Deletes + r.Other
	r.Seconds = pace(r.Total)
	return r
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }

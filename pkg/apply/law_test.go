package apply

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A scenario is a tenant, a plan for it, and what the tenant has to be in the end.
type scenario struct {
	ten  *tenant
	p    *plan.Plan
	want map[string]string // content by account name
	rest map[string]string // of the accounts that the plan does not touch
}

func drawScenario(t *rapid.T, tb testing.TB) scenario {
	ten := newTenant("vendor")
	people := rapid.IntRange(0, 12).Draw(t, "people")
	for i := range people {
		ten.add(fmt.Sprintf("x%02d", i))
	}
	d := newDraft(ten)
	s := scenario{ten: ten, want: ten.content(), rest: ten.content()}
	for i := range people {
		name := fmt.Sprintf("x%02d", i)
		rec, _ := ten.byName(name)
		switch rapid.SampledFrom([]string{"keep", "patch", "upload", "end", "delete"}).Draw(t, name) {
		case "patch":
			d.change(name, plan.Patch, "lastName", "New", "vendor", "ACME")
			rec.Values = replaced(rec.Values, map[int]string{2: "New", 8: "ACME"})
		case "upload":
			d.change(name, plan.Patch, "phone", "99") // its route is settled below: one for all updates
			rec.Values = replaced(rec.Values, map[int]string{3: "99"})
		case "end":
			op := d.existing(name, plan.End)
			op.Fields = append(op.Fields, change("endDate", rec.Values[7], "2026-03-01T23:59:59Z"))
			d.add(op, plan.Patch)
			rec.Values = replaced(rec.Values, map[int]string{7: "2026-03-01T23:59:59Z"})
		case "delete":
			d.remove(name)
			delete(s.want, name)
			delete(s.rest, name)
			continue
		default:
			continue
		}
		delete(s.rest, name)
		s.want[name] = joined(rec.Values)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "newcomers") {
		name := fmt.Sprintf("new%d", i)
		d.create(name)
		s.want[name] = joined(append(row(name), ""))
	}
	if rapid.Bool().Draw(t, "updates by upload") {
		d.routes[plan.ClassUpdate] = plan.Upload
	}
	s.p = d.plan(tb)
	return s
}

// drawFaults draws faults that pass: each call fails at most a few times, and what is lost once lands the second time.
func drawFaults(t *rapid.T, lasting bool) faults {
	seed := rapid.Uint64().Draw(t, "seed")
	r := rand.New(rand.NewPCG(seed, 0))
	rate := rapid.SampledFrom([]float64{0, 0.1, 0.4}).Draw(t, "rate of unclear answers")
	budget := 2
	flaky := func(call string, _ int) error {
		if (call == "upload" || call == "patch" || call == "create" || call == "delete") && budget > 0 && r.Float64() < rate {
			budget--
			return errUnclear
		}
		return nil
	}
	some := func(label string) []string {
		return rapid.SliceOfN(rapid.SampledFrom([]string{"x00", "x01", "x02", "x03", "x05", "x08", "new0", "new1", "new2", "new5"}), 0, 3).Draw(t, label)
	}
	f := faults{
		before: flaky,
		after:  flaky,
		drop:   once(some("lost once")...),
		spare:  once(some("spared once")...),
		stale:  time.Duration(rapid.IntRange(0, 5).Draw(t, "stale")) * time.Second,
		lag:    time.Duration(rapid.IntRange(0, 20).Draw(t, "lag")) * time.Second,
	}
	if fail := rapid.IntRange(0, 3).Draw(t, "failing job"); fail > 0 {
		f.fail = func(n int) bool { return n == fail }
	}
	if lasting {
		f.drop, f.spare = is(some("lost")...), is(some("spared")...)
		f.reject, f.alter = is(some("rejected")...), is(some("altered")...)
		if rapid.IntRange(0, 4).Draw(t, "hang") == 0 {
			f.hang = func(n int) bool { return n == 1 }
		}
	}
	return f
}

// The law: after a plan was applied to a tenant whose faults pass, the tenant is as planned, everything is verified, and
// nobody whom the plan does not name has changed.
func TestLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt, t)
		s.ten.faults = drawFaults(rt, false)
		o := options(s.ten, newFolder())
		o.ChunkRows = rapid.IntRange(1, 5).Draw(rt, "chunk")
		o.DeleteIDs = rapid.IntRange(1, 4).Draw(rt, "group")
		o.Parallel = rapid.IntRange(1, 4).Draw(rt, "parallel")
		res, err := Run(rt.Context(), s.p, s.ten, o)
		if diff := cmp.Diff(s.want, s.ten.content()); diff != "" {
			rt.Fatalf("tenant (-want +got):\n%s\n%s", diff, &res)
		}
		if err != nil || !res.Whole() {
			rt.Fatalf("%s, %v: %v", &res, err, states(res))
		}
		if len(res.Vanished) > 0 {
			rt.Fatalf("vanished %v", res.Vanished)
		}
	})
}

// The same with faults that last: exactly the operations that are not as planned are named, and what is called verified is.
func TestLawAmongLastingFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt, t)
		s.ten.faults = drawFaults(rt, true)
		o := options(s.ten, newFolder())
		o.ChunkRows = rapid.IntRange(1, 5).Draw(rt, "chunk")
		res, err := Run(rt.Context(), s.p, s.ten, o)
		got := s.ten.content()
		for _, r := range res.Outcomes {
			want, wanted := s.want[r.AccountName]
			is, there := got[r.AccountName]
			asPlanned := wanted == there && want == is
			switch r.State {
			case Verified:
				if !asPlanned {
					rt.Fatalf("%s is called verified and is %q, want %q", r.AccountName, is, want)
				}
			case NotApplied, Differs:
				if asPlanned {
					rt.Fatalf("%s is called %s and is as planned", r.AccountName, r.State)
				}
			}
			if r.State != Verified && r.Message == "" {
				rt.Fatalf("%s is %s and nothing says why", r.AccountName, r.State)
			}
		}
		var partial *PartialError
		if res.Whole() != (err == nil) || err != nil && !errors.As(err, &partial) {
			rt.Fatalf("%s, and the error is %v", &res, err)
		}
		for name, want := range s.rest {
			if got[name] != want {
				rt.Fatalf("%s is not in the plan and became %q, want %q", name, got[name], want)
			}
		}
	})
}

// Killed at a random event, several times in a row, and resumed until done: the same law.
func TestLawAcrossKills(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt, t)
		passing := drawFaults(rt, false)
		f := newFolder()
		parallel := rapid.IntRange(1, 4).Draw(rt, "parallel")
		for attempt := 0; ; attempt++ {
			m := &mortal{left: rapid.IntRange(0, 60).Draw(rt, "life")}
			if attempt > 4 {
				m.left = -1
			}
			s.ten.faults = passing
			f = f.survive()
			m.inhabit(s.ten, f)
			flaky := s.ten.faults.before
			s.ten.faults.before = func(call string, n int) error {
				if err := flaky(call, n); err != nil {
					return err
				}
				return passing.before(call, n)
			}
			o := options(s.ten, f)
			o.Parallel = parallel
			var res Result
			var err error
			if _, there := f.files[PlanFile]; there {
				res, err = Resume(rt.Context(), f, s.ten, o)
			} else {
				res, err = Run(rt.Context(), s.p, s.ten, o)
			}
			var finished *FinishedError
			if errors.As(err, &finished) {
				err = nil
			}
			if m.dead {
				continue
			}
			if err != nil || !res.Whole() {
				rt.Fatalf("after %d kills: %s, %v: %+v", attempt, &res, err, res.Outcomes)
			}
			break
		}
		if diff := cmp.Diff(s.want, s.ten.content()); diff != "" {
			rt.Fatalf("tenant (-want +got):\n%s", diff)
		}
		effects := make(map[string]int)
		for _, l := range s.ten.log {
			effects[l]++
		}
		for _, l := range slices.Sorted(maps.Keys(effects)) {
			if n := effects[l]; n > 1 && l[0] != 'p' && l[0] != 'u' { // a patch or an upload of what nobody knew to be done changes nothing
				rt.Fatalf("%q had an effect %d times", l, n)
			}
		}
	})
}

func change(attribute, from, to string) schema.FieldChange {
	return schema.FieldChange{Attribute: attribute, Old: from, New: to}
}

func joined(values []string) string { return strings.Join(values[1:], "|") }

func replaced(values []string, with map[int]string) []string {
	values = slices.Clone(values)
	for i, v := range with {
		values[i] = v
	}
	return values
}

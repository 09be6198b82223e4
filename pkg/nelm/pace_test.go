package nelm

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// A gauge stands where the service counts: it notes when each request arrives there.
type gauge struct {
	mu       sync.Mutex
	arrivals []time.Time
}

func (g *gauge) arrive() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arrivals = append(g.arrivals, time.Now())
}

// crowded returns the most requests that any window of ten seconds held.
func (g *gauge) crowded() int {
	slices.SortFunc(g.arrivals, time.Time.Compare)
	most, from := 0, 0
	for i, at := range g.arrivals {
		for at.Sub(g.arrivals[from]) >= 10*time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// A road is how long requests take: to the service, and back.
type road struct {
	there, back func(*rand.Rand) time.Duration
	lost        float64 // share of requests whose answer never comes
}

const testLife = 30 * time.Second

// drive sends n requests over a road by the given number of workers and returns how long it took.
func drive(p *pacer, g *gauge, r road, n, workers int, seed uint64) time.Duration {
	began := time.Now()
	var wg sync.WaitGroup
	jobs := make(chan uint64)
	for range workers {
		wg.Go(func() {
			for job := range jobs {
				random := rand.New(rand.NewPCG(seed, job))
				t, err := p.take(nobodyWaits{}, testLife)
				if err != nil {
					panic(err)
				}
				there, back := r.there(random), r.back(random)
				if random.Float64() < r.lost {
					// The client gives up; the request may arrive a little later than that.
					late := time.Duration(random.Int64N(int64(5 * time.Second)))
					time.AfterFunc(testLife+late, g.arrive)
					time.Sleep(testLife)
					t.lost()
					continue
				}
				time.Sleep(min(there, testLife/2))
				g.arrive()
				time.Sleep(min(back, testLife/2))
				t.answered()
			}
		})
	}
	for i := range n {
		jobs <- uint64(i)
	}
	close(jobs)
	wg.Wait()
	took := time.Since(began)
	time.Sleep(time.Minute) // for the late ones
	return took
}

// nobodyWaits is a context that never ends and starts no goroutine outside of a test's bubble.
type nobodyWaits struct{}

func (nobodyWaits) Deadline() (time.Time, bool) { return time.Time{}, false }
func (nobodyWaits) Done() <-chan struct{}       { return nil }
func (nobodyWaits) Err() error                  { return nil }
func (nobodyWaits) Value(any) any               { return nil }

func silentPacer(slots Slots) *pacer {
	return newPacer(systemClock{}, slots, slog.New(slog.DiscardHandler), nil)
}

// No window of the service's holds more than it allows, however long requests take on their way, and back.
func TestPaceNeverOverfillsAWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		upTo := func(label string) func(*rand.Rand) time.Duration {
			least := rapid.Int64Range(0, int64(3*time.Second)).Draw(rt, label+" least")
			spread := rapid.SampledFrom([]int64{1, int64(time.Millisecond), int64(time.Second), int64(15 * time.Second)}).Draw(rt, label+" spread")
			return func(r *rand.Rand) time.Duration { return time.Duration(least + r.Int64N(spread)) }
		}
		r := road{there: upTo("there"), back: upTo("back"), lost: rapid.SampledFrom([]float64{0, 0, 0.02, 0.3}).Draw(rt, "lost")}
		workers := rapid.IntRange(1, 150).Draw(rt, "workers")
		processes := rapid.IntRange(1, 3).Draw(rt, "processes")
		seed := rapid.Uint64().Draw(rt, "seed")
		var g gauge
		synctest.Test(t, func(*testing.T) {
			slots := NewSlots()
			var wg sync.WaitGroup
			for i := range processes {
				wg.Go(func() { drive(silentPacer(slots), &g, r, 300, workers, seed+uint64(i)) })
			}
			wg.Wait()
		})
		if got := g.crowded(); got > SlotCount {
			rt.Fatalf("%d requests within ten seconds, the service takes %d", got, SlotCount)
		}
		if want := 300 * processes; len(g.arrivals) != want {
			rt.Fatalf("%d requests arrived, want %d", len(g.arrivals), want)
		}
	})
}

func TestPaceUsesWhatIsPermitted(t *testing.T) {
	fixed := func(d time.Duration) func(*rand.Rand) time.Duration {
		return func(*rand.Rand) time.Duration { return d }
	}
	for _, row := range []struct {
		latency  time.Duration
		workers  int
		requests int
		least    float64
		why      string
	}{
		{10 * time.Millisecond, 8, 2_000, 1, "a near service"},
		{300 * time.Millisecond, 8, 2_000, 0.97, "an ordinary one"},
		{500 * time.Millisecond, 8, 2_000, 0.95, "a slow one"},
		{500 * time.Millisecond, 16, 20_000, 0.95, "a whole source of patches"},
	} {
		t.Run(row.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				took := drive(silentPacer(NewSlots()), &g, road{there: fixed(row.latency / 2), back: fixed(row.latency - row.latency/2)}, row.requests, row.workers, 1)
				const permitted = SlotCount / 10.0 // a second
				share := float64(row.requests) / took.Seconds() / permitted
				t.Logf("%d requests at %s in %s: %.1f %% of the permitted rate", row.requests, row.latency, took, 100*share)
				if share < row.least {
					t.Errorf("%.1f %% of the permitted rate, want %.1f %%", 100*share, 100*row.least)
				}
				if got := g.crowded(); got > SlotCount {
					t.Errorf("%d requests within ten seconds", got)
				}
			})
		})
	}
}

func TestPaceLetsTheFirstHundredGoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(NewSlots())
		began := time.Now()
		for i := range SlotCount + 1 {
			ticket, err := p.take(nobodyWaits{}, testLife)
			if err != nil {
				t.Fatal(err)
			}
			ticket.answered()
			switch waited := time.Since(began); {
			case i < SlotCount && waited > 0:
				t.Fatalf("request %d waited %s", i+1, waited)
			case i == SlotCount && waited != window:
				t.Fatalf("the next one waited %s, want %s", waited, window)
			}
		}
	})
}

// Who waits while everything is under way goes on one window after the first answer, not when the longest request could end.
func TestPaceFollowsAnswersThatComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(NewSlots())
		began := time.Now()
		for range SlotCount {
			ticket, err := p.take(nobodyWaits{}, testLife)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Second, ticket.answered)
		}
		if _, err := p.take(nobodyWaits{}, testLife); err != nil {
			t.Fatal(err)
		}
		if waited, want := time.Since(began), time.Second+window; waited != want {
			t.Errorf("waited %s, want %s", waited, want)
		}
	})
}

// A process that slept through its own request must not open a slot that somebody else uses by now.
func TestSlotsAreOpenedByWhoTookThemLast(t *testing.T) {
	slots := NewSlots()
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	until, later := now.Add(time.Minute), now.Add(3*time.Minute)
	first, _, err := slots.Take(now, until, 1)
	if err != nil || first != 0 {
		t.Fatalf("slot %d, %v", first, err)
	}
	if second, _, err := slots.Take(until, later, 1); err != nil || second != first {
		t.Fatalf("slot %d, %v; want the one whose time is over", second, err)
	}
	if err := slots.Open(first, until, until.Add(window)); err != nil {
		t.Fatal(err)
	}
	if slot, _, err := slots.Take(until.Add(window), later, 1); err != nil || slot >= 0 {
		t.Errorf("got slot %d, %v; want none while the second request may be under way", slot, err)
	}
	if err := slots.Open(first, later, until.Add(window)); err != nil {
		t.Fatal(err)
	}
	if slot, _, err := slots.Take(until.Add(window), later, 1); err != nil || slot != first {
		t.Errorf("got slot %d, %v; want the one whose request was answered", slot, err)
	}
}

func TestPaceGivesBackWhatWasNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(NewSlots())
		began := time.Now()
		for range 3 * SlotCount {
			ticket, err := p.take(nobodyWaits{}, testLife)
			if err != nil {
				t.Fatal(err)
			}
			ticket.unused()
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("waited %s for requests that were never sent", waited)
		}
	})
}

// A refusal stops every worker for the whole wait; then the speed is halved and comes back slowly.
func TestPaceAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(NewSlots())
		began := time.Now()
		for range 40 {
			ticket, err := p.take(nobodyWaits{}, testLife)
			if err != nil {
				t.Fatal(err)
			}
			ticket.answered()
		}
		time.Sleep(time.Second)
		for i, wait := range []time.Duration{60 * time.Second, 5 * time.Second, 60 * time.Second} {
			p.refuse(began.Add(time.Duration(i)), wait) // all three were under way together
		}
		if n, _ := p.usable(time.Now()); n != SlotCount/2 {
			t.Errorf("%d slots after refusals of requests that were under way together, want %d", n, SlotCount/2)
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				ticket, err := p.take(nobodyWaits{}, testLife)
				if err != nil {
					t.Error(err)
					return
				}
				if got := time.Since(began); got < 61*time.Second {
					t.Errorf("a worker went on %s after the refusal, want all to wait 1m0s", got-time.Second)
				}
				ticket.answered()
			})
		}
		wg.Wait()
		for range answersPerSlot * 10 {
			p.accepted()
		}
		if n, _ := p.usable(time.Now()); n != SlotCount/2+10 {
			t.Errorf("%d slots after %d answers, want %d", n, answersPerSlot*10, SlotCount/2+10)
		}

		// A second refusal soon after: the third within two minutes would start the escalating waits.
		time.Sleep(time.Second)
		p.refuse(time.Now(), time.Second)
		for range answersPerSlot * 100 {
			p.accepted()
		}
		if n, _ := p.usable(time.Now()); n != fewestSlots {
			t.Errorf("%d slots after a second refusal, want %d until the first is forgotten", n, fewestSlots)
		}
		time.Sleep(violationWindow)
		for range answersPerSlot * 200 {
			p.accepted()
		}
		if n, _ := p.usable(time.Now()); n != SlotCount {
			t.Errorf("%d slots after two quiet minutes and many answers, want all", n)
		}
	})
}

// An honest service and another client on the same credential: whatever the other takes, nothing is lost, refusals are
// rare, and never so many that the escalating waits would start.
func TestPaceBesideAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var mu sync.Mutex
		var arrivals, refusals []time.Time
		allowed := func() bool {
			mu.Lock()
			defer mu.Unlock()
			now := time.Now()
			arrivals = slices.DeleteFunc(arrivals, func(at time.Time) bool { return now.Sub(at) >= 10*time.Second })
			arrivals = append(arrivals, now)
			return len(arrivals) <= SlotCount
		}
		s.on("GET /v2024/non-employee-records/r-1", func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(100 * time.Millisecond)
			if !allowed() {
				mu.Lock()
				refusals = append(refusals, time.Now())
				mu.Unlock()
				w.Header().Set("Retry-After", "10")
				answers(429, `{"message":" Rate Limit Exceeded "}`)(w, r)
				return
			}
			answers(200, `{"id":"r-1","accountName":"a"}`)(w, r)
		})
		config := s.config()
		config.Clock = nil // the bubble's
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		src, err := c.Source(t.Context(), testSourceID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := src.Schema(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { // the other client: thirty requests every ten seconds
			for {
				select {
				case <-done:
					return
				case <-time.After(333 * time.Millisecond):
					allowed()
				}
			}
		}()
		var wg sync.WaitGroup
		jobs := make(chan int)
		for range 8 {
			wg.Go(func() {
				for range jobs {
					if _, err := src.Get(t.Context(), "r-1"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		const jobCount = 3_000
		began := time.Now()
		for i := range jobCount {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		took := time.Since(began)
		close(done)
		synctest.Wait()
		// A burst of refusals is one event: the requests were under way together.
		var events []time.Time
		for _, at := range refusals {
			if len(events) == 0 || at.Sub(events[len(events)-1]) > time.Second {
				events = append(events, at)
			}
		}
		for i := 2; i < len(events); i++ {
			if apart := events[i].Sub(events[i-2]); apart < violationWindow {
				t.Errorf("three refusals within %s: the service may answer with waits of minutes", apart)
			}
		}
		t.Logf("%d refusals in %d events, %d requests in %s", len(refusals), len(events), jobCount, took)
		if len(events) < 2 {
			t.Fatal("the other client was hardly felt: this test proves nothing")
		}
		// The first event finds the workers in a burst; from then on they send evenly.
		first := 0
		for first < len(refusals) && refusals[first].Sub(events[0]) <= time.Second {
			first++
		}
		if later := len(refusals) - first; later > 2*(len(events)-1) {
			t.Errorf("%d refusals in the %d events after the first: requests too many still come in bursts", later, len(events)-1)
		}
	})
}

// brokenSlots cannot keep times.
type brokenSlots struct{ Slots }

var errDisk = errors.New("no space left")

func (b brokenSlots) Open(int, time.Time, time.Time) error { return errDisk }

func (b brokenSlots) Hold(time.Time) error { return errDisk }

type noSlots struct{ Slots }

func (noSlots) Take(time.Time, time.Time, int) (int, time.Time, error) {
	return -1, time.Time{}, errDisk
}

// Where times cannot be kept the pace is slower and never faster.
func TestPaceWithoutAPlaceForItsTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(brokenSlots{NewSlots()})
		began := time.Now()
		for range SlotCount + 1 {
			ticket, err := p.take(nobodyWaits{}, testLife)
			if err != nil {
				t.Fatal(err)
			}
			ticket.answered()
		}
		if waited := time.Since(began); waited < testLife {
			t.Errorf("waited %s, want at least %s: nobody knows when the slots were answered", waited, testLife)
		}
		p.refuse(time.Now(), time.Minute)
		began = time.Now()
		if _, err := p.take(nobodyWaits{}, testLife); err != nil || time.Since(began) < time.Minute {
			t.Errorf("waited %s after a refusal (%v), want the minute that was asked for", time.Since(began), err)
		}
		if _, err := silentPacer(noSlots{}).take(nobodyWaits{}, testLife); !errors.Is(err, errDisk) {
			t.Errorf("got %v, want the reason", err)
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := silentPacer(NewSlots())
		p.refuse(time.Now(), time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for range 3 { // the one who waits for the slots, and those who wait for that one
			wg.Go(func() {
				if _, err := p.take(ctx, testLife); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want context.DeadlineExceeded", err)
				}
			})
		}
		wg.Wait()
	})
}

package diff

import "sync"

// fewest is the number of rows below which handing them to another goroutine costs more than it saves.
const fewest = 64

// parallel shares the rows 0 … n-1 out among workers. f is called with the number of a worker and a run of rows; calls
// with the same number do not overlap.
func parallel(workers, n int, f func(worker, from, to int)) { split(min(workers, n/fewest), n, f) }

// split is parallel for what is worth a goroutine however few there are.
func split(workers, n int, f func(worker, from, to int)) {
	if workers = min(workers, n); workers <= 1 {
		f(0, 0, n)
		return
	}
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { f(w, n*w/workers, n*(w+1)/workers) })
	}
	f(0, 0, n/workers)
	wait.Wait()
}

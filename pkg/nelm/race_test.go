//go:build race

package nelm_test

// fullSource is smaller under the race detector, which looks at the code and not at how long it runs.
const fullSource = 2_000

//go:build !race

package nelm_test

// fullSource is as many records as a source can hold.
const fullSource = 20_000

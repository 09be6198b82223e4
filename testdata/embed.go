// Package testdata holds the demo's list, tenant and config, so that an installed program has them too. README.md says what is in them.
package testdata

import _ "embed"

// The demo's files, to be read only.
var (
	//go:embed contractors.csv
	Contractors []byte

	//go:embed seed.json
	Seed []byte

	//go:embed nelm.yaml
	Config []byte
)

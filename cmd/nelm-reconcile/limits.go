package main

import (
	"github.com/spf13/cobra"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
)

// limitFlags bound what one plan may do.
type limitFlags struct {
	maxRemovals   string
	maxUpdates    string
	maxCreates    string
	minInput      string
	maxInvalid    string
	allowRemovals int
	allowEmpty    bool
}

func (f *limitFlags) register(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&f.maxRemovals, "max-removals", "", "most deletes, ends and updates that end a contract: `N`, P% or none (default 5%)")
	p.StringVar(&f.maxUpdates, "max-updates", "", "most updates: `N`, P% or none (default 30%)")
	p.StringVar(&f.maxCreates, "max-creates", "", "most creates: `N`, P% or none (default none)")
	p.StringVar(&f.minInput, "min-input", "", "fewest rows the list must have against the source: `N`, P% or none (default 70%)")
	p.StringVar(&f.maxInvalid, "max-invalid", "", "with --skip-invalid: most rows with errors, of the rows of the list: `N`, P% or none (default 30%)")
	p.IntVar(&f.allowRemovals, "allow-removals", 0, "allow exactly `N` removals in this one plan, although they are over the limit")
	p.BoolVar(&f.allowEmpty, "allow-empty", false, "accept a list without rows")
}

// limits settles flags against the configuration; what neither names has its default in the plan package.
func (f *limitFlags) limits(a *app) (plan.Limits, error) {
	l := plan.Limits{AllowRemovals: f.allowRemovals, AllowEmpty: f.allowEmpty}
	for _, one := range []struct {
		to                  *plan.Limit
		name, flag, setting string
	}{
		{&l.MaxRemovals, "max-removals", f.maxRemovals, a.conf.Limits.MaxRemovals},
		{&l.MaxUpdates, "max-updates", f.maxUpdates, a.conf.Limits.MaxUpdates},
		{&l.MaxCreates, "max-creates", f.maxCreates, a.conf.Limits.MaxCreates},
		{&l.MinInput, "min-input", f.minInput, a.conf.Limits.MinInput},
		{&l.MaxInvalid, "max-invalid", f.maxInvalid, a.conf.Limits.MaxInvalid},
	} {
		text, from := one.flag, "--"+one.name
		if text == "" {
			text, from = one.setting, "the configuration's limits."+one.name
		}
		var err error
		if *one.to, err = plan.ParseLimit(text); err != nil {
			return l, usagef("%s: %v", from, err)
		}
	}
	return l, nil
}

package apply

import (
	"errors"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Options say how a plan is applied, never what is done: that is the plan's alone.
type Options struct {
	// Begin makes the folder of the run, once the plan was found good and confirmed. Required unless DryRun is set or the
	// plan sends nothing.
	Begin func() (Folder, error)
	// Claim notes that the plan is being applied by this run, or fails because another has applied it. It is called when the
	// folder has all that resuming needs, just before the first write, and again when the run is resumed. Nil for nothing.
	Claim func(Folder) error
	// Payload makes the CSV of a bulk upload. Required if the plan uploads, unless DryRun is set. A row has one value per name.
	Payload func(names []string, rows [][]string) ([]byte, error)
	// Judge says what an error of the remote means. Nil takes every error of a write for [Unclear], which is always safe.
	Judge func(error) Verdict
	// Complaints are the tenant's own words about an upload that it refused, one problem each; they name the rows that
	// are in the way. Nil for none: such rows are then found by halving.
	Complaints func(error) []string
	// Confirm is asked after the preflight; an error means no and is returned as it is. Nil means yes.
	Confirm func(Summary) error
	// Progress hears how far the run is; nil for nobody.
	Progress Progress
	// Clock is nil for the system's.
	Clock Clock

	Expect      string        // fingerprint that the plan must have; empty for any
	Parallel    int           // patches in flight at once; 0 for [DefaultParallel]
	ChunkRows   int           // rows of one upload; 0 for [DefaultChunkRows]
	DeleteIDs   int           // ids of one bulk delete; 0 for [DefaultDeleteIDs]
	Wait        time.Duration // for one upload job to end; 0 for [DefaultWait]
	SkipDrifted bool          // leave out the operations whose records moved since the plan, instead of refusing
	FailFast    bool          // send nothing more after the first write that was refused
	DryRun      bool          // end after the preflight
}

// The defaults of [Options].
const (
	DefaultParallel = 8
	// DefaultChunkRows is a full source: the service documents no limit for an upload, one upload is one job to wait for,
	// and a chunk that is refused is halved.
	DefaultChunkRows = schema.MaxRecords
	// DefaultDeleteIDs is a careful choice: the service documents no limit.
	DefaultDeleteIDs = 100
	DefaultWait      = 30 * time.Minute
)

func (o Options) withDefaults(p *plan.Plan) (Options, error) {
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	if o.ChunkRows <= 0 {
		o.ChunkRows = DefaultChunkRows
	}
	if o.DeleteIDs <= 0 {
		o.DeleteIDs = DefaultDeleteIDs
	}
	if o.Wait <= 0 {
		o.Wait = DefaultWait
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Progress == nil {
		o.Progress = silent{}
	}
	if o.Judge == nil {
		o.Judge = func(error) Verdict { return Unclear }
	}
	if o.Begin == nil && !o.DryRun {
		return o, errors.New("apply: no folder for the run: Options.Begin is not set")
	}
	if o.Payload == nil && !o.DryRun {
		for i := range p.Operations {
			if p.Operations[i].Route == plan.Upload {
				return o, errors.New("apply: the plan uploads, and Options.Payload is not set")
			}
		}
	}
	return o, nil
}

// A Summary is what a person confirms.
type Summary struct {
	Source      schema.Source // as it is now
	Access      schema.Access
	Fingerprint string       // of the plan
	Counts      plan.Counts  // of what is going to be sent: without what is left out, and what a run that goes on has done
	Skipped     []plan.Drift // left out because their records moved since
	Records     int          // in the source now
}

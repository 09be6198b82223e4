package apply

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A Remote is one non-employee source of one tenant, as far as this package needs it. It paces itself and repeats what is
// safe to repeat; an error that it returns is final for that call. Its methods may be called by several goroutines.
type Remote interface {
	// Describe says which source this is and what the token may do.
	Describe(ctx context.Context) (schema.Source, schema.Access, error)
	// Schema reads what the source asks of a record.
	Schema(ctx context.Context) (*schema.Schema, error)
	// List reads every record, whole, each once, with ids; a list that may be short is an error. seen hears of the progress.
	List(ctx context.Context, seen func(done, total int)) ([]schema.Record, error)
	// Get reads one record.
	Get(ctx context.Context, id string) (schema.Record, error)
	// Upload hands in a CSV; the job that reads it runs on its own. It is sent once.
	Upload(ctx context.Context, name string, csv []byte) (job string, err error)
	// UploadStatus is the state of the newest upload job of the source; empty where there was none, or where one was just
	// handed in.
	UploadStatus(ctx context.Context) (string, error)
	// Create makes one record. It is sent once.
	Create(ctx context.Context, rec schema.Record) (schema.Record, error)
	// Patch changes attributes of the record and returns it as it then is. rec is the record as it was last read.
	Patch(ctx context.Context, rec schema.Record, changes []schema.FieldChange) (schema.Record, error)
	// Delete removes records for good. It is sent once; nothing is said about single ids.
	Delete(ctx context.Context, ids []string) error
}

// The states of an upload job. Others may appear and are taken for a job that still runs.
const (
	JobPending    = "PENDING"
	JobInProgress = "IN_PROGRESS"
	JobCompleted  = "COMPLETED"
	JobError      = "ERROR"
)

// A Verdict is what an error of a [Remote] says about the write that it answers.
type Verdict uint8

const (
	Unclear     Verdict = iota // nobody knows whether it took effect; it is looked up before anything is sent again
	Refused                    // it was refused and took no effect
	Denied                     // it was refused for want of rights and took no effect
	Gone                       // there is no such record
	Conflict                   // the account name is taken
	Unavailable                // it took no effect, and later it may work
)

// A Folder keeps what a run leaves behind. *state.Run of this module is one.
type Folder interface {
	// Name is what the person calls the run, such as 2026-03-02T141500Z-7f3a.
	Name() string
	// Append adds a record to the journal. What it returned nil for is on the disk.
	Append(record any) error
	// Records reads the journal. torn says that the last line was cut off while it was written.
	Records() (records []json.RawMessage, torn bool, err error)
	// Write writes a whole file or nothing.
	Write(name string, write func(io.Writer) error) error
	// Open opens a file; a missing one is fs.ErrNotExist.
	Open(name string) (io.ReadCloser, error)
}

// The files of a run's folder, beside its journal.
const (
	PlanFile     = "plan.jsonl"
	SnapshotFile = "snapshot.jsonl"
	ReadbackFile = "readback.jsonl" // the records that were touched, as they were read back; a [Snapshot]
	ResultFile   = "result.json"
)

// A Progress hears how far a run is. Its methods may be called by several goroutines; one stage follows another.
type Progress interface {
	// Stage begins read, upload, patch, delete, retry or verify; total is how many there are to do, 0 where nobody knows.
	Stage(name string, total int)
	// Add says that n more are done.
	Add(n int)
	// End ends the stage, with a word about how it went.
	End(note string)
}

// A Clock is where a run takes the time from and how it waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d and returns nil, or returns the context's error as soon as the context ends.
	Sleep(ctx context.Context, d time.Duration) error
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

type silent struct{}

func (silent) Stage(string, int) {}
func (silent) Add(int)           {}
func (silent) End(string)        {}

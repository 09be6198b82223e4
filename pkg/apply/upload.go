package apply

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

const (
	firstPoll   = 2 * time.Second  // before the first look at a job: until then the status may be the one of the job before
	slowestPoll = 15 * time.Second // between two looks
	sureAfter   = 3                // looks with the same end, where no other state was seen in between
	mostBlind   = 5                // looks in a row that brought no answer
	// mostRefusals is how many uploads in a row may be refused: halving 20,000 rows down to a few takes ten, so one bad row
	// is found, and what is wrong with every row is not tried with every row.
	mostRefusals = 12
	mostUploads  = 20 // uploads that may carry one row; halving 20,000 rows takes 15
)

const jobFailed = "the upload job ended in an error, which says nothing about single rows"

// upload carries out the operations that go by bulk upload.
func (x *run) upload(ctx context.Context) { x.uploadTasks(ctx, x.due(plan.Upload)) }

// due are the operations of a route that this run is to send.
func (x *run) due(route plan.Route) []*task {
	var due []*task
	for _, t := range x.tasks {
		if t.op.Route == route && t.skip == "" && !t.without() && !t.hanging {
			due = append(due, t)
		}
	}
	return due
}

// uploadTasks uploads in chunks, one job after another: of two that run at once the second to start fails. A chunk that is
// refused or whose job fails is halved, so that one bad row does not keep the others back.
func (x *run) uploadTasks(ctx context.Context, tasks []*task) {
	if len(tasks) == 0 || x.stopping(ctx) || x.jobHangs {
		return
	}
	if err := x.refresh(ctx); err != nil {
		x.stop("the records could not be read before an upload", err)
		return
	}
	if tasks = x.open(ctx, tasks); len(tasks) == 0 {
		return
	}
	x.o.Progress.Stage(verbUpload, len(tasks))
	defer func() { x.o.Progress.End(x.uploadEnd) }()
	var queue [][]*task
	for len(tasks) > 0 {
		n := min(len(tasks), x.o.ChunkRows)
		queue, tasks = append(queue, tasks[:n]), tasks[n:]
	}
	for len(queue) > 0 && !x.stopping(ctx) && !x.jobHangs {
		chunk := queue[0]
		queue = queue[1:]
		rows := x.prepare(ctx, chunk)
		x.o.Progress.Add(len(chunk) - len(rows))
		if len(rows) == 0 {
			continue
		}
		again := x.uploadChunk(ctx, rows)
		left := 0
		for _, c := range again {
			left += len(c)
		}
		x.o.Progress.Add(len(rows) - left)
		queue = append(again, queue...)
	}
}

// prepare makes complete rows from the records as they are now, so that an upload neither blanks a value that the plan does
// not manage nor reverts what somebody else has changed. It leaves out what is as planned already, and what has moved.
func (x *run) prepare(ctx context.Context, chunk []*task) []*task {
	rows := x.open(ctx, chunk)
	for _, t := range rows {
		x.fill(t, x.view.find(t.id, t.op.AccountName))
	}
	return rows
}

// open are the operations that are still to be done, as a recent list shows them.
func (x *run) open(ctx context.Context, tasks []*task) []*task {
	if err := x.refreshWithin(ctx); err != nil {
		x.stop("the records could not be read before an upload", err)
		return nil
	}
	var open []*task
	for _, t := range tasks {
		if !x.leave(t, x.sight(t)) {
			open = append(open, t)
		}
	}
	return open
}

// leave reports whether nothing is to be sent for an operation, because its record is as planned already or has moved.
func (x *run) leave(t *task, s sight) bool {
	if s.rec != nil {
		t.id = s.rec.ID
	}
	if s.standing == moved && !t.tried {
		t.skip = "the record moved during the run and was left alone"
		if s.rec == nil {
			t.skip = "the record went away during the run"
		}
	}
	return s.standing == planned || s.standing == moved
}

// fill makes the complete row of an operation.
func (x *run) fill(t *task, rec *schema.Record) {
	t.names = x.schema.Names()
	t.row = make([]string, len(t.names))
	for i, name := range t.names {
		if rec != nil {
			there, _ := rec.Get(name)
			t.row[i] = x.meaning.resend(name, there)
		}
		for _, f := range t.op.Fields {
			if f.Attribute == name {
				t.row[i] = f.New
			}
		}
		if name == schema.AccountName && t.row[i] == "" {
			t.row[i] = t.op.AccountName
		}
	}
}

// uploadChunk sends one upload and waits for its job. It returns what should be uploaded again.
func (x *run) uploadChunk(ctx context.Context, tasks []*task) [][]*task {
	rows := make([][]string, len(tasks))
	for i, t := range tasks {
		rows[i] = t.row
		t.uploads++
	}
	csv, err := x.o.Payload(x.schema.Names(), rows)
	if err != nil {
		x.stop("the file to upload could not be made", fmt.Errorf("make the upload: %w", err))
		return nil
	}
	before := x.job
	r := x.send(ctx, verbUpload, tasks, func(ctx context.Context) (string, error) {
		return x.remote.Upload(ctx, fmt.Sprintf("nelm-reconcile-%s-%d.csv", x.folder.Name(), x.write), csv)
	})
	switch {
	case !r.sent:
		return nil
	case r.err == nil:
		x.refusals = 0
	case r.verdict == Unavailable || r.verdict == Gone:
		x.stop("the tenant did not take the upload: "+r.err.Error(), r.err)
		return nil
	case r.verdict == Refused:
		x.refusals++
		if rest := x.setAside(tasks, r.err); len(rest) < len(tasks) {
			return [][]*task{rest}
		}
		return x.halve(ctx, tasks)
	case r.verdict == Denied:
		return nil
	}
	// Taken, or perhaps taken, or in the way of another job.
	status, ended := x.awaitJob(ctx, before, r.err == nil)
	if ctx.Err() != nil {
		return nil
	}
	if !ended {
		x.jobHangs = true
		x.uploadEnd = fmt.Sprintf("the job did not end in %s", x.o.Wait)
		for _, t := range tasks {
			t.hanging = true
		}
		return nil
	}
	if err := x.folder.Append(jobRecord{Type: kindJob, Time: x.now(), Write: r.write, Status: status}); err != nil {
		x.breakOff(err)
		return nil
	}
	for _, t := range tasks {
		t.at = x.tick()
		if status == JobError {
			t.answer, t.message = unclear, jobFailed
		}
	}
	x.uploadEnd = "job " + status
	if r.err == nil && status == JobCompleted {
		return nil
	}
	// Nobody says which rows a failed job has taken, nor whether an upload without an answer has arrived: look.
	x.view = nil
	left := x.prepare(ctx, tasks)
	if len(left) == 0 {
		return nil
	}
	if r.err != nil {
		if tasks[0].uploads < 2 {
			return [][]*task{left}
		}
		return nil
	}
	return x.halve(ctx, left)
}

// halve splits what did not land. Few rows are left for sending alone, which brings an answer for each.
func (x *run) halve(ctx context.Context, tasks []*task) [][]*task {
	if x.stopping(ctx) || len(tasks) <= x.alone() || tasks[0].uploads >= mostUploads || x.refusals >= mostRefusals {
		return nil
	}
	half := (len(tasks) + 1) / 2
	return [][]*task{tasks[:half], tasks[half:]}
}

// setAside takes out the rows that the tenant complains about, by account name or by line of the upload, and returns the
// others. How it words its complaints is not documented; a row that was taken out wrongly lands when it is sent alone.
func (x *run) setAside(tasks []*task, err error) []*task {
	if x.o.Complaints == nil {
		return tasks
	}
	about := make(map[*task]string)
	byName, byLine := make(map[string]*task, len(tasks)), make(map[int]*task, len(tasks))
	line := 2 // the header is the first
	for _, t := range tasks {
		byName[t.op.AccountName], byLine[line] = t, t
		line++
		for _, value := range t.row {
			line += strings.Count(value, "\n")
		}
	}
	for _, c := range x.o.Complaints(err) {
		if t := complainedOf(c, byName, byLine); t != nil && about[t] == "" {
			about[t] = c
		}
	}
	var rest []*task
	for _, t := range tasks {
		if c, ok := about[t]; ok {
			t.answer, t.message = refused, c
		} else {
			rest = append(rest, t)
		}
	}
	return rest
}

// complainedOf finds the row that a complaint is about: by the account name as a word or in quotes, else by "line 7".
func complainedOf(complaint string, byName map[string]*task, byLine map[int]*task) *task {
	words := strings.FieldsFunc(complaint, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'“”‘’,;:()[]", r) })
	for _, w := range words {
		if t := byName[w]; t != nil {
			return t
		}
	}
	for quoted := range strings.SplitSeq(complaint, `"`) {
		if t := byName[quoted]; t != nil {
			return t
		}
	}
	for i, w := range words[:max(len(words)-1, 0)] {
		if n, err := strconv.Atoi(words[i+1]); err == nil && strings.EqualFold(w, "line") {
			return byLine[n]
		}
	}
	return nil
}

// alone is the number of rows up to which single requests are the better way to go on: an upload takes two seconds and
// three requests at the least, in which twenty single ones are sent.
func (x *run) alone() int {
	if !x.access.User {
		return 1 // an application's token cannot patch
	}
	return 20
}

// awaitJob waits for the job of the upload just sent. The status that it reads is only ever that of the newest job, so right
// after an upload it may still be the end of the one before: an end counts if another state was seen since, if it is not how
// the job before had ended, or if it was seen three times running. handedIn says that the service took the upload; where
// that is not known, no job at all is an end too. ended is false if the job still runs when its time is up.
func (x *run) awaitJob(ctx context.Context, before string, handedIn bool) (status string, ended bool) {
	begin := x.now()
	var alive bool
	var last string
	var equal, blind int
	for pause := firstPoll; ; pause = min(pause*3/2, slowestPoll) {
		if x.o.Clock.Sleep(ctx, pause) != nil {
			return "", false
		}
		status, err := x.remote.UploadStatus(ctx)
		switch {
		case err != nil:
			if blind++; blind >= mostBlind || ctx.Err() != nil {
				return "", false
			}
		case running(status) || status == "" && handedIn:
			alive, equal, blind = true, 0, 0
		default:
			blind = 0
			if equal++; status != last {
				equal = 1
			}
			last = status
			if alive || status != before && status != "" || equal >= sureAfter {
				x.job = status
				return status, true
			}
		}
		if x.now().Sub(begin) >= x.o.Wait {
			return status, false
		}
	}
}

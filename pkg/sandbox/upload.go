package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

type jobBody struct {
	ID       string `json:"id"`
	SourceID string `json:"sourceId"`
	Created  string `json:"created"`
	Modified string `json:"modified"`
	Status   string `json:"status"`
}

// upload takes a CSV file and starts a job for it. Faults of the file, and by default those of its rows, are refused at once.
func upload(c *call) (*answer, *refusal) {
	src, bad := c.source("id")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	raw, bad := c.readPart()
	if bad != nil {
		return nil, bad
	}
	rows, fileProblems, rowProblems := c.readUpload(raw, src)
	if len(fileProblems) > 0 {
		return nil, c.rowRefusal(fileProblems)
	}
	if most, limited := c.set.number("upload-max-rows"); limited && len(rows)+len(rowProblems) > most {
		return nil, c.tooLarge(fmt.Sprintf("the file has more than %d rows", most))
	}
	if c.set.is("row-errors", "sync") {
		if len(rowProblems) > 0 {
			return nil, c.rowRefusal(rowProblems)
		}
		if len(src.records)+c.creates(src, rows) > maxRecords {
			return nil, c.capacityError()
		}
	}
	if src.running != nil && c.set.is("second-upload", "400") {
		return nil, badContent("another bulk upload of the source is in progress")
	}
	j := c.startJob(src, rows, len(rowProblems) > 0)
	a := success(jobBody{j.id, src.sourceID, c.stamp(j.created), c.stamp(j.created), statusPending})
	a.status = http.StatusAccepted
	return a, nil
}

// readPart takes the file out of the form. Its name in the form must be data; its content type and file name do not matter.
func (c *call) readPart() ([]byte, *refusal) {
	_, params, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, badSyntax("the form has no boundary")
	}
	form := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil, joinProblems([]string{"data is required"})
		}
		if err != nil {
			return nil, badSyntax("the form cannot be read")
		}
		if part.FormName() != "data" {
			continue
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return nil, badSyntax("the form cannot be read")
		}
		if most, limited := c.set.number("upload-max-bytes"); limited && len(raw) > most {
			return nil, c.tooLarge("the file has more than " + strconv.Itoa(most) + " bytes")
		}
		return raw, nil
	}
}

func (t *tenant) tooLarge(text string) *refusal {
	r := limitViolation(text)
	if t.set.is("upload-too-large", "413") {
		r.status = http.StatusRequestEntityTooLarge
	}
	return r
}

// rowRefusal lists the errors of a file, one on each line.
func (t *tenant) rowRefusal(problems []string) *refusal {
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems:maxProblems], fmt.Sprintf("and %d more", more))
	}
	if t.set.is("row-error-layout", "messages") {
		return badContent(problems...)
	}
	return badContent(strings.Join(problems, "\n"))
}

// creates counts the rows that name no record yet.
func (t *tenant) creates(src *source, rows []uploadRow) (n int) {
	for _, row := range rows {
		if src.byName[t.foldName(row.accountName)] == nil {
			n++
		}
	}
	return n
}

// uploadStatus is the status of the newest job, whoever started it: there is no way to ask for another.
func uploadStatus(c *call) (*answer, *refusal) {
	src, bad := c.source("id")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	j := src.newest
	if j != nil && c.now.Before(j.created.Add(c.jobs.Submitted)) {
		switch {
		case c.set.is("status-after-upload", "stale"):
			j = src.previous
		case c.set.is("status-after-upload", "absent"):
			return success(c.noStatus()), nil
		}
	}
	if j == nil {
		return success(c.noStatus()), nil
	}
	return success(map[string]string{"status": j.status(c.now)}), nil
}

func (t *tenant) noStatus() rawJSON {
	if t.set.is("status-none", "null") {
		return `{"status":null}`
	}
	return `{}`
}

package sandbox

import (
	"mime"
	"net/http"
	"slices"
	"time"
)

// download answers with a CSV file. Official clients ask for JSON only and expect CSV all the same, so Accept is not looked at.
func (c *call) download(fileName string, f *csvFile) *answer {
	f.contentType = "text/csv"
	if c.set.is("csv-charset", "utf-8") {
		f.contentType = "text/csv; charset=utf-8"
	}
	a := success(f)
	if disposition := mime.FormatMediaType("attachment", map[string]string{"filename": fileName}); disposition != "" && c.set.is("content-disposition", "attachment") {
		a.header = http.Header{"Content-Disposition": {disposition}}
	}
	return a
}

func exportRecords(c *call) (*answer, *refusal) {
	src, bad := c.source("id")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	f := &csvFile{columns: c.columns(src), records: slices.Clone(c.recordsAsOf(src, c.lag)), padded: c.set.is("csv-spacing", "spec"), zone: time.UTC}
	if c.set.is("export-dates", "offset") {
		f.zone = time.FixedZone("", -10*60*60) // the zone of the published example
	}
	c.auditSource("NON_EMPLOYEE_BULK_EXPORT_STARTED", c.caller.name(), src)
	c.auditSource("NON_EMPLOYEE_BULK_EXPORT_PASSED", c.caller.name(), src)
	return c.download("non_employees_for_source_"+src.name+".csv", f), nil
}

// exportTemplate answers with the header line alone.
func exportTemplate(c *call) (*answer, *refusal) {
	src, bad := c.source("id")
	if bad != nil {
		return nil, bad
	}
	if !c.mayDoAll(src) {
		return nil, forbidden()
	}
	return c.download("non_employee_template_for_source_"+src.name+".csv", &csvFile{columns: c.columns(src)}), nil
}

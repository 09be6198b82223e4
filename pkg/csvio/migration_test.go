package csvio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// The three lists of the migration tutorial, with the mappings that it shows. What is said here of each is all that reading
// says of it; the rules of the schema say more.
func TestListsOfTheMigrationTutorial(t *testing.T) {
	s := testSchema()
	s.Attributes = append(s.Attributes[:8:8],
		schema.Attribute{TechnicalName: "department", Label: "Department", Type: schema.Text},
		schema.Attribute{TechnicalName: "allocation", Label: "Allocation", Type: schema.Text})
	constants := map[string]string{"manager": "jane.doe", "phone": "+12015550100", "email": "{{accountName}}@example.com"}
	with := func(more map[string]string) map[string]string {
		out := make(map[string]string)
		for _, m := range []map[string]string{constants, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	for _, tt := range []struct {
		file     string
		o        Options
		columns  []string
		first    []string
		last     []string
		rows     int64
		about    []string // findings about the file
		findings []string
		repaired map[string]int64
	}{
		{
			file: "janitor-dirty_data.xlsx",
			o: Options{
				Map: map[string]string{"Hire Date": "startDate", "Subject": "department", "% Allocated": "allocation"},
				Set: with(map[string]string{"accountName": "{{first}}.{{last}}", "endDate": "2021-12-31"}),
			},
			columns:  []string{"firstName", "lastName", "department", "startDate", "allocation", "accountName", "phone", "email", "manager", "endDate"},
			first:    []string{"Jason", "Bourne", "PE", "2008-08-30", "0.75", "jason.bourne", "+12015550100", "jason.bourne@example.com", "jane.doe", "2021-12-31"},
			last:     []string{"Micheal", "Larsen", "English", "2009-09-15", "0.8", "micheal.larsen", "+12015550100", "micheal.larsen@example.com", "jane.doe", "2021-12-31"},
			rows:     12,
			about:    []string{"N-PREAMBLE@1", "W-COLUMN-UNKNOWN@2:C", "W-COLUMN-UNKNOWN@2:G", "W-COLUMN-UNKNOWN@2:H", "W-COLUMN-UNKNOWN@2:I", "W-COLUMN-UNKNOWN@2:J", "W-COLUMN-UNKNOWN@2:K"},
			findings: []string{"W-KEY-NUMBERED@4", "E-CELL-ERROR@6:D", "W-KEY-NUMBERED@8", "E-CELL-ERROR@13:F", "E-CELL-ERROR@14:F", "N-ROW-BLANK@10"},
			repaired: map[string]int64{RuleSerial: 8},
		},
		{
			file: "readxl-deaths.xlsx",
			o: Options{
				Map: map[string]string{"Name": "firstName lastName", "Date of birth": "startDate", "Date of death": "endDate", "Profession": "department", "Age": "", "Has kids": ""},
				Set: with(map[string]string{"accountName": "{{first}}.{{last}}"}),
			},
			columns:  []string{"firstName", "lastName", "department", "startDate", "endDate", "accountName", "phone", "email", "manager"},
			first:    []string{"David", "Bowie", "musician", "1947-01-08", "2016-01-10", "david.bowie", "+12015550100", "david.bowie@example.com", "jane.doe"},
			last:     []string{"Some", "", "", "", "", "", "+12015550100", "", "jane.doe"},
			rows:     11,
			about:    []string{"N-SHEET-UNREAD@0", "N-PREAMBLE@1", "N-PREAMBLE@2", "N-PREAMBLE@3", "N-PREAMBLE@4"},
			findings: []string{"E-SPLIT@10:A", "E-SPLIT@16:A", "N-FOOTER@17", "N-FOOTER@18", "N-FOOTER@19"},
			repaired: map[string]int64{RuleSplit: 9},
		},
		{
			file: "febrl-dataset1.csv",
			o: Options{
				Map: map[string]string{"rec_id": "accountName", "given_name": "firstName", "surname": "lastName", "date_of_birth": "startDate", "soc_sec_id": "phone", "suburb": "department"},
				Set: map[string]string{"manager": "jane.doe", "email": "{{accountName}}@example.com", "endDate": "2016-12-31"},
			},
			columns:  []string{"accountName", "firstName", "lastName", "department", "startDate", "phone", "email", "manager", "endDate"},
			first:    []string{"rec-223-org", "", "waller", "st james", "1908-12-09", "6988048", "rec-223-org@example.com", "jane.doe", "2016-12-31"},
			last:     []string{"rec-212-org", "", "mcveigh", "ourimbah", "1936-02-19", "8243761", "rec-212-org@example.com", "jane.doe", "2016-12-31"},
			rows:     1000,
			about:    []string{"W-COLUMN-UNKNOWN@1:D", "W-COLUMN-UNKNOWN@1:E", "W-COLUMN-UNKNOWN@1:F", "W-COLUMN-UNKNOWN@1:H", "W-COLUMN-UNKNOWN@1:I"},
			repaired: map[string]int64{RuleDate: 956},
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			l, err := Open(t.Context(), shared(t, tt.file), s, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}()
			g := readAll(t, l)
			var columns, said []string
			for _, c := range l.Columns() {
				columns = append(columns, c.Name)
			}
			in := l.Input()
			for _, f := range in.Findings {
				said = append(said, brief(f))
			}
			for what, pair := range map[string][2]any{
				"columns": {tt.columns, columns}, "first row": {tt.first, g.Rows[0]}, "last row": {tt.last, g.Rows[len(g.Rows)-1]}, "rows": {tt.rows, in.Rows},
				"findings about the file": {tt.about, said}, "findings": {tt.findings, g.Findings}, "repairs": {tt.repaired, in.Repaired},
			} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
		})
	}
}

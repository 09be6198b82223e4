package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func TestFindingsJUnit(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites>\n"
	bad := at(3, "E-PHONE-BAD", "<b>\x1b is no phone number", "type it again")
	twice := []schema.Finding{at(4, "E-KEY-DUPLICATE", `"a" twice`, "", 5), at(5, "E-KEY-DUPLICATE", `"a" twice`, "", 4), at(6, "E-KEY-DUPLICATE", `"b" twice`, "", 7), at(7, "E-KEY-DUPLICATE", `"b" twice`, "", 6)}
	odd := at(2, "W-PLACEHOLDER", "n/a looks like a placeholder", "")
	for _, tt := range []struct {
		why    string
		found  []schema.Finding
		strict bool
		want   string
	}{
		{"a list without findings is one test that passed", nil, false, `  <testsuite name="list.csv" tests="1" failures="0">
    <testcase classname="list.csv" name="all rules">
      <system-out>7 rows ok</system-out>
    </testcase>
  </testsuite>
`},
		{"an error is a failed test, a warning one that passed; markup and control characters are text", []schema.Finding{odd, bad}, false, `  <testsuite name="list.csv" tests="2" failures="1">
    <testcase classname="list.csv" name="E-PHONE-BAD phone (column C &#34;Phone&#34;)">
      <failure type="E-PHONE-BAD" message="row 3: &lt;b&gt;\x1b is no phone number">row 3: &lt;b&gt;\x1b is no phone number&#xA;hint: type it again</failure>
    </testcase>
    <testcase classname="list.csv" name="W-PLACEHOLDER phone (column C &#34;Phone&#34;)">
      <system-out>row 2: n/a looks like a placeholder</system-out>
    </testcase>
  </testsuite>
`},
		{"with strict a warning fails too", []schema.Finding{odd}, true, `  <testsuite name="list.csv" tests="1" failures="1">
    <testcase classname="list.csv" name="W-PLACEHOLDER phone (column C &#34;Phone&#34;)">
      <failure type="W-PLACEHOLDER" message="row 2: n/a looks like a placeholder">row 2: n/a looks like a placeholder</failure>
    </testcase>
  </testsuite>
`},
		{"rows that share something are one test however many they are", twice, false, `  <testsuite name="list.csv" tests="1" failures="1">
    <testcase classname="list.csv" name="E-KEY-DUPLICATE phone (column C &#34;Phone&#34;)">
      <failure type="E-KEY-DUPLICATE" message="rows 4, 5, 6, 7: &#34;a&#34; twice">rows 4, 5: &#34;a&#34; twice&#xA;rows 6, 7: &#34;b&#34; twice</failure>
    </testcase>
  </testsuite>
`},
	} {
		var out strings.Builder
		err := FindingsJUnit(&out, Listed(tt.found), schema.Validation{Rows: 7}, "list.csv", tt.strict)
		if d := cmp.Diff(head+tt.want+"</testsuites>\n", out.String()); d != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.why, err, d)
		}
	}
}

package report

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

func htmlOf(t *testing.T, p *plan.Plan, o HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := PlanHTML(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unpacked is a page with its lines as a browser reads them.
func unpacked(t *testing.T, page string) string {
	t.Helper()
	return regexp.MustCompile(`(?s)(class="chunk">)(.*?)</script>`).ReplaceAllStringFunc(page, func(chunk string) string {
		_, packed, _ := strings.Cut(strings.TrimSuffix(chunk, "</script>"), ">")
		var text string
		if err := json.Unmarshal([]byte(packed), &text); err != nil {
			t.Fatal(err)
		}
		zipped, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(lines)
	})
}

// bigPlan has n changes of all kinds.
func bigPlan(t *testing.T, n int) *plan.Plan {
	t.Helper()
	o := options(t)
	o.Limits = plan.Limits{MaxUpdates: plan.NoLimit(), MaxRemovals: plan.NoLimit(), Capacity: 100_000}
	o.Read.Records = 20_000
	var list []diff.Change
	for i := range n {
		name := fmt.Sprintf("person.%05d", i)
		p := person(int64(i+2), name, "First", "Last")
		switch i % 20 {
		case 0:
			list = append(list, diff.Change{Kind: diff.Create, Key: name, Desired: p})
		case 1:
			list = append(list, diff.Change{Kind: diff.Missing, Key: name, Current: p})
		case 2:
			list = append(list, diff.Change{Kind: diff.Blocked, Key: name, Desired: p, Findings: []schema.Finding{{Code: "E-EMAIL-BAD", Severity: schema.Error, Message: "no mail address"}}})
		default:
			list = append(list, diff.Change{Kind: diff.Update, Key: name, Desired: p, Current: p, Fields: []schema.FieldChange{
				{Attribute: "endDate", Old: "2026-03-31T23:59:59-04:00", New: "2026-09-30T23:59:59-04:00"},
				{Attribute: "manager", Old: "jane.doe", New: fmt.Sprintf("manager.%03d", i%300)},
			}})
		}
	}
	return planOf(t, o, diff.Summary{Desired: 20_000, Current: 20_000}, list)
}

func TestPlanHTMLStandsAlone(t *testing.T) {
	page := htmlOf(t, planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262, Same: 1257}, changes(false)), HTMLOptions{})
	for _, pattern := range []string{`https?://`, `<link[^>]+stylesheet`, `\bsrc=`, `@import`, `url\(`, ` style="`, ` on[a-z]+="`} {
		if at := regexp.MustCompile(pattern).FindString(page); at != "" {
			t.Errorf("the page holds %q and would not stand alone under its policy", at)
		}
	}
	for _, tag := range []string{"style", "script"} {
		body := regexp.MustCompile(`(?s)<` + tag + `>(.*?)</` + tag + `>`).FindStringSubmatch(page)[1]
		sum := sha256.Sum256([]byte(body))
		if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(strings.ReplaceAll(page, "&#43;", "+"), want) {
			t.Errorf("the policy does not name the hash of its %s, %s", tag, want)
		}
	}
}

func TestPlanHTMLMasks(t *testing.T) {
	p := planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262}, []diff.Change{
		{Kind: diff.Update, Key: "maria.lopez", Desired: person(41, "maria.lopez", "Mariacarla", "Lopezini"), Current: person(1, "maria.lopez", "Mariacarla", "Lopezini"), Fields: []schema.FieldChange{{Attribute: "lastName", Old: "Lopezini", New: "Meyerhofer"}}},
		{Kind: diff.Create, Key: "a.new", Desired: person(4, "a.new", "Anastasia", "Newcomber")},
	})
	for _, test := range []struct {
		why, text   string
		shown, full bool // without and with the option
	}{
		{"what changes, before", "Lopezini", true, true},
		{"what changes, after", "Meyerhofer", true, true},
		{"who is created", "Anastasia", true, true},
		{"her mail", "a.new@acme.example", true, true},
		{"whom it is about", "maria.lopez", true, true},
		{"a first name that stays", "Mariacarla", false, true},
		{"a mail that stays", "maria.lopez@acme.example", false, true},
	} {
		for _, pii := range []bool{false, true} {
			want := test.shown
			if pii {
				want = test.full
			}
			if got := strings.Contains(unpacked(t, htmlOf(t, p, HTMLOptions{ShowPII: pii})), test.text); got != want {
				t.Errorf("%s: in the page %t with ShowPII %t, want %t", test.why, got, pii, want)
			}
		}
	}
}

// A page of twenty thousand changes can be mailed. That it is small is also what keeps a browser from standing still over it: it
// decodes the whole file in one go.
func TestPlanHTMLIsSmall(t *testing.T) {
	page := htmlOf(t, bigPlan(t, 20_000), HTMLOptions{})
	if n := len(page); n > 1<<20 {
		t.Errorf("the page has %d bytes, want at most a megabyte", n)
	}
	if got := strings.Count(unpacked(t, page), `"k":"person.`); got != 20_000 {
		t.Errorf("the page holds %d lines, want 20000", got)
	}
}

// Above the list stands what is blocked by what, what is sent with a warning, and how many updates end a contract.
func TestPlanHTMLSaysWhy(t *testing.T) {
	bad := func(name, code, message string) diff.Change {
		return diff.Change{Kind: diff.Blocked, Key: name, Desired: person(9, name, "", ""), Findings: []schema.Finding{{Code: "W-EARLIER", Severity: schema.Warning, Message: "m"}, {Code: code, Severity: schema.Error, Message: message}}}
	}
	o := options(t)
	o.Pending = map[string]string{"a.new": "a request waits for approval"}
	p := planOf(t, o, diff.Summary{Desired: 1284, Current: 1262}, []diff.Change{
		bad("x.one", "E-EMAIL-BAD", "no address"), bad("x.two", "E-DATE-BAD", "no date"), bad("x.three", "E-EMAIL-BAD", "none either"),
		{Kind: diff.Create, Key: "a.new", Desired: person(4, "a.new", "Anastasia", "Newcomber")},
		{Kind: diff.Update, Key: "maria.lopez", Desired: person(41, "maria.lopez", "M", "L"), Current: person(1, "maria.lopez", "M", "L"), Fields: []schema.FieldChange{{Attribute: "endDate", Old: "2026-09-30T23:59:59-04:00", New: "2026-02-28T23:59:59-05:00"}},
			Findings: []schema.Finding{{Code: "W-ALREADY-ENDED", Severity: schema.Warning, Message: "in the past"}}},
		{Kind: diff.Update, Key: "t.okafor", Desired: person(42, "t.okafor", "T", "O"), Current: person(2, "t.okafor", "T", "O"), Fields: []schema.FieldChange{{Attribute: "endDate", Old: "2026-09-30T23:59:59-04:00", New: "2026-10-31T23:59:59-04:00"}}},
	})
	v := newPage(p, HTMLOptions{})
	if d := cmp.Diff([]codeRow{
		{"E-DATE-BAD", "1", "x.two: no date", "blocked"}, {"E-EMAIL-BAD", "2", "x.one: no address", "blocked"}, {"", "1", "a.new: a request waits for approval", "blocked"},
	}, v.Blocked); d != "" {
		t.Errorf("blocked (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]codeRow{{"W-ALREADY-ENDED", "1", "maria.lopez: in the past", ""}}, v.Warnings); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
	ends, codes := map[string]string{}, map[string][]string{}
	for chunk := range v.Shell.Chunks {
		for _, op := range chunk {
			if op.Ends != "" {
				ends[op.Account] = op.Ends
			}
			if op.Codes != nil {
				codes[op.Account] = op.Codes
			}
		}
	}
	if d := cmp.Diff(map[string]string{"maria.lopez": "ends the contract"}, ends); d != "" {
		t.Errorf("ends (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string][]string{"x.one": {"E-EMAIL-BAD"}, "x.two": {"E-DATE-BAD"}, "x.three": {"E-EMAIL-BAD"}}, codes); d != "" {
		t.Errorf("codes beside the reason (-want +got):\n%s", d)
	}
	if got := v.Cards[1]; got.Kind != "update" || got.Ends != "1 ends a contract" {
		t.Errorf("the card of updates is %+v", got)
	}
}

func TestMasked(t *testing.T) {
	for _, test := range []struct{ attribute, value, want string }{
		{"firstName", "Maria", "M•••"},
		{"firstName", "Ø", "Ø•••"},
		{"email", "maria@acme.example", "•••@acme.example"},
		{"email", "maria", "•••"},
		{"phone", "+1 555 0100", "••• 00"},
		{"phone", "12", "•••"},
		{"badge", "4711", "4•••"},
		{"manager", "jane.doe", "jane.doe"},
		{"endDate", "2026-03-31", "2026-03-31"},
		{"lastName", "", ""},
	} {
		if got := masked(test.attribute, test.value); got != test.want {
			t.Errorf("masked %s %q = %q, want %q", test.attribute, test.value, got, test.want)
		}
	}
}

package csvio

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// eachOf hands failures out as a list does.
func eachOf(failures ...Failure) func(each func(Failure) error) error {
	return func(each func(Failure) error) error {
		for _, f := range failures {
			if err := each(f); err != nil {
				return err
			}
		}
		return nil
	}
}

// found hands findings out as validation does.
func found(findings ...schema.Finding) iter.Seq2[schema.Finding, error] {
	return func(yield func(schema.Finding, error) bool) {
		for _, f := range findings {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// repaired is a table that reading changed so.
type repaired []schema.Repair

func (r repaired) Columns() []schema.Column { return nil }
func (r repaired) Blocks(_ context.Context, f func(*schema.Block) error) error {
	return f(&schema.Block{Repairs: r})
}
func (r repaired) Row(context.Context, schema.Ref) (schema.Record, error) {
	return schema.Record{}, errors.ErrUnsupported
}

func TestFailuresAreGatheredByRow(t *testing.T) {
	l := open(t, "Account Name;First Name\na;A\n\nb;B\nc;C\nd;D\n", Options{})
	g := readAll(t, l)
	at := func(row int64, code, header, hint string, severity schema.Severity) schema.Finding {
		return schema.Finding{Code: code, Severity: severity, Origin: schema.Origin{Row: row, Header: header}, Message: "bad", Hint: hint}
	}
	findings := []schema.Finding{
		at(0, "E-SOURCE-FULL", "", "", schema.Error), at(2, "W-X", "", "", schema.Warning), at(3, "E-NO-RECORD", "", "", schema.Error),
		at(4, "E-X", "Name", "mend it", schema.Error), at(4, "E-Y", "", "mend it", schema.Error), at(4, "E-X", "", "ask", schema.Error),
		at(5, "N-X", "", "", schema.Note), at(0, "E-LATE", "", "", schema.Error), at(6, "E-Z", "", "", schema.Error), at(9, "E-BELOW", "", "", schema.Error),
	}
	want := []Failure{
		{Ref: g.Refs[1], Code: "E-X E-Y", Problem: "Name: bad; bad; bad", Hint: "mend it; ask"},
		{Ref: g.Refs[3], Code: "E-Z", Problem: "bad"},
	}
	var got []Failure
	err := l.Failures(t.Context(), found(findings...), func(f Failure) error {
		got = append(got, f)
		return nil
	})
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("error %v, failures (-want +got):\n%s", err, d)
	}
	for n := range findings { // an error of the findings or of the one who is told ends it, wherever it comes
		broken := errors.New("broken")
		torn := func(yield func(schema.Finding, error) bool) {
			for _, f := range findings[:n] {
				if !yield(f, nil) {
					return
				}
			}
			yield(schema.Finding{}, broken)
		}
		if err := l.Failures(t.Context(), torn, func(Failure) error { return nil }); !errors.Is(err, broken) {
			t.Errorf("findings that end with an error after %d: %v", n, err)
		}
	}
	enough := errors.New("enough")
	if err := l.Failures(t.Context(), found(findings...), func(Failure) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the error of the one who is told: %v", err)
	}
}

// A table that is longer than what is marshalled at a time has one header and all its rows.
func TestTablesOfAnyLength(t *testing.T) {
	for _, rows := range []int{0, 1, 1023, 1024, 1025, 5000} {
		var findings []schema.Finding
		want := []string{"severity,code,file,sheet,row,line,column,header,attribute,value,message,hint,related_rows"}
		for i := range rows {
			findings = append(findings, schema.Finding{Severity: schema.Note, Code: "N-X", Origin: schema.Origin{Row: int64(i + 1)}})
			want = append(want, fmt.Sprintf("note,N-X,,,%d,,,,,,,,", i+1))
		}
		var out strings.Builder
		err := WriteFindings(&out, found(findings...))
		if d := cmp.Diff(want, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")); d != "" || err != nil {
			t.Errorf("%d rows: error %v (-want +got):\n%s", rows, err, d)
		}
	}
}

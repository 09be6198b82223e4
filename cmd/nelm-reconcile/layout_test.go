package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/csvio"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// What a list was read with is what it is read with again: an option that is new has to be taken along, or to stand here.
func TestPlansKeepHowTheirListIsRead(t *testing.T) {
	given := csvio.Options{
		Stdin: strings.NewReader(""), Delimiter: '\t', Encoding: "windows-1252", HeaderRow: 3, Headers: 2, NoHeader: true, Sheet: "Active",
		Map: map[string]string{"Login": "accountName", "Notes": ""}, Set: map[string]string{"vendor": "ACME"}, Default: map[string]string{"phone": "+1"},
		DateOrder: schema.DayFirst, Off: []string{"trim"}, On: []string{"phone-e164"}, PhoneRegion: "DE", CountRepairs: true, NoDigest: true,
	}
	// Defaults are of new records, not of rows; the rest is about one reading.
	aside := []string{"Stdin", "Default", "CountRepairs", "NoDigest"}
	got, err := optionsOf(layoutOf(given))
	if d := cmp.Diff(given, got, cmpopts.IgnoreFields(csvio.Options{}, aside...), cmpopts.IgnoreUnexported(csvio.Options{})); d != "" || err != nil {
		t.Errorf("error %v, options (-given +read again):\n%s", err, d)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[csvio.Options]()) {
		if f.IsExported() && reflect.ValueOf(given).FieldByIndex(f.Index).IsZero() {
			t.Errorf("this test gives no %s", f.Name)
		}
	}
	if d := cmp.Diff(plan.Layout{}, layoutOf(csvio.Options{Map: map[string]string{}, Set: map[string]string{}})); d != "" {
		t.Errorf("where nothing was said (-want +got):\n%s", d)
	}
}

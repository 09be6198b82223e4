package csvio

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// A sheet keeps fifteen digits of a number: an account name of that many is whole, a longer one may not be.
func TestAccountNamesThatAreNumbers(t *testing.T) {
	for number, want := range map[int64][]string{123456789012345: nil, 1234567890123456: {"E-CELL-NUMBER@2:A"}} {
		path := makeBook(t, func(f *excelize.File) error {
			return errors.Join(setRows(f, "Sheet1", []any{"accountName", "vendor"}, []any{"", "x"}), f.SetCellInt("Sheet1", "A2", number))
		})
		if d := cmp.Diff(want, readAll(t, openBook(t, path, Options{})).Findings); d != "" {
			t.Errorf("%d (-want +got):\n%s", number, d)
		}
	}
}

// A column that a constant replaces is not read, and that is said; a constant beside other columns is nothing to say.
func TestConstantsInThePlaceOfColumns(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   []string
	}{{"accountName,vendor\na,x\n", []string{"W-COLUMN-REPLACED"}}, {"accountName,firstName\na,x\n", nil}} {
		var got []string
		for _, f := range open(t, tt.header, Options{Set: map[string]string{"vendor": "ACME"}}).Input().Findings {
			got = append(got, f.Code)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.header, d)
		}
	}
}

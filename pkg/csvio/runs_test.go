package csvio

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Of many dates those are odd that are so by themselves.
func TestOddDays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		changed := rapid.Custom(func(r *rapid.T) string {
			date := []byte(rapid.SampledFrom([]string{"2026-12-31", "2026-12-31T23:59:59Z"}).Draw(r, "of"))
			date[rapid.IntRange(0, len(date)-1).Draw(r, "at")] = rapid.Byte().Draw(r, "to")
			return string(date)
		})
		dates := rapid.SliceOfN(rapid.OneOf(
			changed,
			rapid.SampledFrom([]string{"2026-12-31", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59+01:00", "", "2026-12-3", "2026-12-31 ", "31.12.2026", "9999-99-99T", "2026-12-31TZ", "0000-00-00", "soon"}),
			rapid.StringMatching(`[0-:]{4}[,-.][/0-9]{2}-[0-9/:]{2}(T[0-9:]{0,9}[YZ]?)?`),
			rapid.StringN(0, 20, -1),
		), 1, runAtMost).Draw(r, "dates")
		var data []byte
		var cells []schema.Span
		for _, date := range dates {
			cells = append(cells, schema.Span{Off: uint32(len(data)), Len: uint32(len(date))}, schema.Span{})
			data = append(data, date...)
		}
		var got, want [runAtMost]uint8
		if is, should := oddDays(data, cells, 2, len(dates), &got), oddDaysInTurn(data, cells, 2, len(dates), &want); !slices.Equal(is, should) {
			r.Errorf("odd are %v of %q, and %v each by itself", is, dates, should)
		}
	})
}

package report

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// ordinary is a plan as it comes up in a week: extensions, a few new people, a few who left.
func ordinary(t *testing.T) *plan.Plan {
	t.Helper()
	first := []string{"Maria", "Tunde", "Ana", "Kenji", "Sofia", "Jonas", "Priya", "Lena", "Omar", "Chloé"}
	last := []string{"López", "Okafor", "Ruiz", "Ono", "Marino", "Weber", "Nair", "Novak", "Haddad", "Dubois"}
	extended := schema.FieldChange{Attribute: "endDate", Old: "2026-03-31T23:59:59-04:00", New: "2026-09-30T23:59:59-04:00"}
	list := changes(false)[1:5]
	for i := range 222 {
		account := fmt.Sprintf("c%05d", 10_400+i*7)
		p := person(int64(i*5+70), account, first[i%10], last[(i/10+i*3)%10])
		switch {
		case i%6 == 1:
			list = append(list, diff.Change{Kind: diff.Create, Key: account, Desired: p})
		case i%13 == 2:
			list = append(list, diff.Change{Kind: diff.Missing, Key: account, Current: p})
		case i%5 == 0:
			list = append(list, diff.Change{Kind: diff.Update, Key: account, Desired: p, Current: p, Fields: []schema.FieldChange{{Attribute: "manager", Old: "jane.doe", New: "p.meyer"}, extended}})
		default:
			list = append(list, diff.Change{Kind: diff.Update, Key: account, Desired: p, Current: p, Fields: []schema.FieldChange{extended}})
		}
	}
	o := options(t)
	o.Input.Dialect, o.Access.UserName = "comma, UTF-8, header on row 3, dates day first", "ada.okonkwo"
	return planOf(t, o, diff.Summary{Desired: 1284, Current: 1262, Same: 1073}, list)
}

// The picture in the docs is of the page as it is: run with -update to take it anew.
func TestPicture(t *testing.T) {
	b := open(t, htmlOf(t, ordinary(t), HTMLOptions{}))
	b.do(chromedp.EmulateViewport(1200, 2000))
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 1200 || size.Y != 2000 {
		t.Errorf("the picture is %d by %d", size.X, size.Y)
	}
	if *update {
		if err := os.WriteFile("../../docs/plan-review.png", shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

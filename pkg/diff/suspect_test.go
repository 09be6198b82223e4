package diff_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// contractNames are columns that have all that tells a person: mail, name and phone.
var contractNames = []string{"accountName", "firstName", "lastName", "phone", "email"}

func contractSchema() *schema.Schema { return &schema.Schema{Attributes: schema.System()} }

func TestCompareSuspectsRenames(t *testing.T) {
	tests := []struct {
		why     string
		key     string
		desired []string // of contractNames
		current []string // of contractNames
		answers []diff.Answer
		want    []string
	}{{
		why:     "the same mail, whatever its case, under another account name",
		desired: []string{"kenji.ono|Kenji|Ono|+1|Ken@X.org"},
		current: []string{"k.ono|Ken|Ono|+2|ken@x.org"},
		want:    []string{`rename "k.ono" row 2 record id-1 accountName: "k.ono" → "kenji.ono" firstName: "Ken" → "Kenji" phone: "+2" → "+1" email: "ken@x.org" → "Ken@X.org" E-RENAME-SUSPECTED`},
	}, {
		why:     "the same name and phone, in any spelling, under another account name",
		desired: []string{"b|ZOE\u0308|de  Vries|001 555 0100|new@x.org"},
		current: []string{"a|Zo\u00eb|De  Vries|+1 (555) 01-00|old@x.org"},
		want:    []string{"rename \"a\" row 2 record id-1 accountName: \"a\" → \"b\" firstName: \"Zoë\" → \"ZOË\" lastName: \"De  Vries\" → \"de  Vries\" phone: \"+1 (555) 01-00\" → \"001 555 0100\" email: \"old@x.org\" → \"new@x.org\" E-RENAME-SUSPECTED"},
	}, {
		why:     "the same phone under another name, or the same name with another phone, says nothing",
		desired: []string{"b|Bob|Ray|+1 555 0100|b@x.org", "c|Ann|Lee|+1 555 0199|c@x.org"},
		current: []string{"a|Ann|Lee|+1 555 0100|a@x.org"},
		want:    []string{`create "b" row 2`, `create "c" row 3`, `missing "a" record id-1`},
	}, {
		why:     "blank mails and phones are nobody's, nor is a phone of few digits",
		desired: []string{"b|Ann|Lee| |", "c|Ann|Lee|0123|"},
		current: []string{"a|Ann|Lee||", "d|Ann|Lee|123|"},
		want:    []string{`create "b" row 2`, `create "c" row 3`, `missing "a" record id-1`, `missing "d" record id-2`},
	}, {
		why:     "who is in both lists is not suspected, though a mail is shared",
		desired: []string{"a|Ann|Lee|1|team@x.org", "b|Bob|Ray|2|team@x.org"},
		current: []string{"a|Ann|Lee|1|team@x.org"},
		want:    []string{`create "b" row 3`},
	}, {
		why:     "a mail that more than three have is a team's",
		desired: []string{"new|Ned|Orr|1|team@x.org"},
		current: []string{"a|Ann|Lee|2|team@x.org", "b|Bob|Ray|3|team@x.org", "c|Cem|Su|4|team@x.org", "d|Dee|Day|5|team@x.org"},
		want:    []string{`create "new" row 2`, `missing "a" record id-1`, `missing "b" record id-2`, `missing "c" record id-3`, `missing "d" record id-4`},
	}, {
		why:     "where it could be one of several, all are blocked",
		desired: []string{"new|Ann|Lee|1|ann@x.org", "other|Cem|Su|3|c@x.org"},
		current: []string{"b|Ann|Lee|2|ann@x.org", "a|Anna|Lee|3|ann@x.org"},
		want: []string{
			`blocked "new" row 2 E-RENAME-SUSPECTED`, `create "other" row 3`,
			`blocked "a" record id-2 E-RENAME-SUSPECTED`, `blocked "b" record id-1 E-RENAME-SUSPECTED`,
		},
	}, {
		why:     "the mail of one record and the name and phone of another",
		desired: []string{"new|Ann|Lee|+1 555 0100|ann@x.org"},
		current: []string{"a|Bob|Ray|2|ann@x.org", "b|Ann|Lee|15550100|b@x.org"},
		want:    []string{`blocked "new" row 2 E-RENAME-SUSPECTED`, `blocked "a" record id-1 E-RENAME-SUSPECTED`, `blocked "b" record id-2 E-RENAME-SUSPECTED`},
	}, {
		why:     "a row without a key may be the person that seems to be missing",
		desired: []string{"|Ann|Lee|1|ann@x.org"},
		current: []string{"a|Ann|Lee|1|ann@x.org"},
		want:    []string{`blocked "a" row 2 record id-1 E-KEY-BLANK E-RENAME-SUSPECTED`},
	}, {
		why:     "where rows are found by mail, a mail tells no rename",
		key:     "email",
		desired: []string{"a|Ann|Lee|+1 555 0100|new@x.org", "b|Bob|Ray|2|same@x.org"},
		current: []string{"a|Ann|Lee|+1 555 0100|old@x.org", "b|Bob|Ray|2|same@x.org"},
		want:    []string{`rename "old@x.org" row 2 record id-1 email: "old@x.org" → "new@x.org" E-RENAME-SUSPECTED`},
	}, {
		why:     "the key stands among the fields where the template has it",
		key:     "email",
		desired: []string{"a|Anna|Lee|+1 555 0100|Ann@x.org"},
		current: []string{"a|Ann|Lee|+1 555 0199|ann@x.org"},
		want:    []string{`rename "ann@x.org" row 2 record id-1 firstName: "Ann" → "Anna" phone: "+1 555 0199" → "+1 555 0100" email: "ann@x.org" → "Ann@x.org" E-RENAME-SUSPECTED`},
	}, {
		why:     "one person, as answered: the record keeps its account name and takes the rest",
		desired: []string{"kenji.ono|Kenji|Ono|+1|ken@x.org", "J.Smith|Jo|Smith|1|j@x.org", "bob|Bob|Ray|2|b@x.org"},
		current: []string{"k.ono|Ken|Ono|+1|ken@x.org", "j.smith|Jo|Smith|1|j@x.org", "rob|Bob|Ray|2|other@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: " kenji.ono", Same: true}, {From: "j.smith", To: "J.Smith", Same: true}, {From: "rob", To: "bob", Same: true}},
		want: []string{
			`update "k.ono" row 2 record id-1 firstName: "Ken" → "Kenji"`,
			`update "rob" row 4 record id-3 email: "other@x.org" → "b@x.org"`,
		},
	}, {
		why:     "two people, as answered: one is new and one is missing, also where the names fold together",
		desired: []string{"kenji.ono|Kenji|Ono|+1|ken@x.org", "J.Smith|Jo|Smith|1|jo@x.org"},
		current: []string{"k.ono|Ken|Ono|+1|ken@x.org", "j.smith|Jim|Smith|2|jim@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: "kenji.ono"}, {From: "j.smith", To: "J.Smith"}},
		want:    []string{`create "kenji.ono" row 2`, `create "J.Smith" row 3`, `missing "j.smith" record id-2`, `missing "k.ono" record id-1`},
	}, {
		why:     "an answer about others changes nothing",
		desired: []string{"kenji.ono|Ken|Ono|+1|ken@x.org"},
		current: []string{"k.ono|Ken|Ono|+1|ken@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: "ken"}, {From: "gone", To: "kenji.ono", Same: true}},
		want:    []string{`rename "k.ono" row 2 record id-1 accountName: "k.ono" → "kenji.ono" E-RENAME-SUSPECTED`},
	}, {
		why:     "an answered rename that the tenant has made is no longer of use",
		desired: []string{"kenji.ono|Ken|Ono|+1|ken@x.org"},
		current: []string{"k.ono|Other|Man|+2|o@x.org", "kenji.ono|Ken|Ono|+1|ken@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: "kenji.ono", Same: true}},
		want:    []string{`missing "k.ono" record id-1`},
	}, {
		why:     "two rows for one record, by an answer, are as bad as two with one key",
		desired: []string{"k.ono|Ken|Ono|+1|ken@x.org", "kenji.ono|Kenji|Ono|+1|ken@x.org"},
		current: []string{"k.ono|Ken|Ono|+1|ken@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: "kenji.ono", Same: true}},
		want:    []string{`blocked "k.ono" row 2 record id-1 E-KEY-DUPLICATE`, `blocked "k.ono" row 3 record id-1 E-KEY-DUPLICATE`},
	}, {
		why:     "an answer does not choose among records that fold together",
		desired: []string{"kenji|Ken|Ono|+1|ken@x.org"},
		current: []string{"K.Ono|Ken|Ono|+1|1@x.org", "k.ono|Ken|Ono|+1|2@x.org"},
		answers: []diff.Answer{{From: "k.ono", To: "kenji", Same: true}},
		want:    []string{`create "kenji" row 2`, `blocked "K.Ono" record id-1 E-CURRENT-DUPLICATE`, `blocked "k.ono" record id-2 E-CURRENT-DUPLICATE`},
	}}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s := contractSchema()
			for i := range s.Attributes {
				s.Attributes[i].Required = false
			}
			got, _ := compare(t, list(t, contractNames, tt.desired...), records(t, contractNames, tt.current...),
				diff.Options{Schema: s, Key: tt.key, Renames: tt.answers})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
		})
	}
}

func TestCompareTellsAnswersThatAreAboutNobody(t *testing.T) {
	row := func(name string) string { return name + "|Ken|Ono|+1|" + strings.TrimSpace(name) + "@x.org" }
	for _, tt := range []struct {
		why     string
		desired []string
		current []string
		answers []diff.Answer
		present []string
		want    []diff.Stray
	}{
		{why: "it is used", desired: []string{" new"}, current: []string{"old"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}},
		{why: "two people who are both there", desired: []string{"new"}, current: []string{"old"}, answers: []diff.Answer{{From: "old", To: "new"}}},
		{why: "the rename was made", desired: []string{"new"}, current: []string{"new"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}},
		{why: "the rename was made, and the person has left the list since", current: []string{"new"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}},
		{why: "the old name is another's now", desired: []string{"new", "old"}, current: []string{"new"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}},
		{why: "one was created and the other not deleted", desired: []string{"new"}, current: []string{"old", "new"}, answers: []diff.Answer{{From: "old", To: "new"}}},
		{why: "both have left the list", current: []string{"old", "new"}, answers: []diff.Answer{{From: "old", To: "new"}}},
		{why: "the list has taken the record's name", desired: []string{"old"}, current: []string{"old"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}},
		{why: "the row stands below the table", current: []string{"old"}, answers: []diff.Answer{{From: "old", To: "new", Same: true}}, present: []string{"new "}},
		{
			why: "nobody has the row's name", desired: []string{"new"}, current: []string{"old"},
			answers: []diff.Answer{{From: "old", To: "new", Same: true}, {From: "old", To: "nwe"}},
			want:    []diff.Stray{{Answer: 1, To: true}},
		},
		{
			why: "a name in another case is another name", desired: []string{"new"}, current: []string{"old"},
			answers: []diff.Answer{{From: "Old", To: "new", Same: true}},
			want:    []diff.Stray{{From: true}},
		},
		{
			why: "neither is anywhere, and each line is told", desired: []string{"new"}, current: []string{"old"},
			answers: []diff.Answer{{From: "a", To: "b"}, {From: "a", To: "b"}},
			want:    []diff.Stray{{From: true, To: true}, {Answer: 1, From: true, To: true}},
		},
		{
			why: "the wrong way round", desired: []string{"new"}, current: []string{"old"},
			answers: []diff.Answer{{From: "new", To: "old", Same: true}},
			want:    []diff.Stray{{From: true, To: true, Swapped: true}},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			rows := func(names []string) []string {
				var all []string
				for _, name := range names {
					all = append(all, row(name))
				}
				return all
			}
			got, err := diff.Compare(t.Context(), list(t, contractNames, rows(tt.desired)...), records(t, contractNames, rows(tt.current)...),
				diff.Options{Schema: contractSchema(), Renames: tt.answers, Present: tt.present}, func(diff.Change) error { return nil })
			if d := cmp.Diff(tt.want, got.Strays); d != "" || err != nil {
				t.Errorf("error %v, answers about nobody (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestCompareRefusesAnswersThatContradictEachOther(t *testing.T) {
	whole := list(t, personNames, "a|Ann|||")
	for _, tt := range []struct {
		why     string
		answers []diff.Answer
		want    string
	}{
		{"yes and no", []diff.Answer{{From: "a", To: "b", Same: true}, {From: "a", To: "b"}}, `the answers about "b" contradict each other`},
		{"one row, two records", []diff.Answer{{From: "a", To: "c", Same: true}, {From: "b", To: "c", Same: true}}, `the answers about "c" contradict each other`},
		{"one record, two rows", []diff.Answer{{From: "a", To: "b", Same: true}, {From: "a", To: "c", Same: true}}, `the answers about "a" contradict each other`},
	} {
		t.Run(tt.why, func(t *testing.T) {
			_, err := diff.Compare(t.Context(), whole, whole, diff.Options{Schema: personSchema(), Renames: tt.answers}, func(diff.Change) error { return nil })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	said := []diff.Answer{{From: "a", To: "b"}, {From: "a", To: "b"}, {From: "a", To: "c", Same: true}, {From: "d", To: "c"}}
	if _, err := diff.Compare(t.Context(), whole, whole, diff.Options{Schema: personSchema(), Renames: said}, func(diff.Change) error { return nil }); err != nil {
		t.Errorf("answers that agree: %v", err)
	}
}

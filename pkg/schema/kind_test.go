package schema

import "testing"

func TestKindOfSystemAttributesThatAreCalledText(t *testing.T) {
	for _, test := range []struct {
		why  string
		a    Attribute
		want kind
	}{
		{"the published description has no type for mails", Attribute{TechnicalName: EmailName, Type: Text, System: true}, kindMail},
		{"nor for phones", Attribute{TechnicalName: PhoneName, Type: Text, System: true}, kindPhone},
		{"the live service says it", Attribute{TechnicalName: EmailName, Type: Email, System: true}, kindMail},
		{"a custom attribute of that name is what its type says", Attribute{TechnicalName: "email", Type: Text}, kindText},
		{"other system attributes are text", Attribute{TechnicalName: FirstName, Type: Text, System: true}, kindText},
	} {
		if got := kindOf(test.a); got != test.want {
			t.Errorf("%s: kindOf(%+v) = %d, want %d", test.why, test.a, got, test.want)
		}
	}
}

package nelm

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// Whatever a gateway puts in place of an answer, it becomes an error of single complaints and never a panic.
func FuzzRefusal(f *testing.F) {
	for _, body := range []string{
		`{"detailCode":"400.1 Bad Request Content","trackingId":"t","messages":[{"locale":"en","text":"firstName is required; accountName is required;"}]}`,
		`{"error":"JWT validation failed: JWT is expired"}`, `{"error":{"detailCode":"401"}}`, `{"message":" Rate Limit Exceeded "}`,
		`{"errorName":"NotSupportedException","errorMessage":"Cannot consume content type","trackingId":"t"}`,
		`<html>`, ``, `null`, `[]`, `{"messages":null,"causes":[null]}`, `{"messages":[{"text":"\"a@b.c\" x@y"}]}`,
	} {
		f.Add(400, []byte(body))
		f.Add(503, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := refusal("try", &answer{status: status, body: body}, 1)
		if text := e.Error(); !strings.HasPrefix(text, "try: ") {
			t.Errorf("%q does not say what was tried", text)
		}
		for _, m := range e.Messages {
			if m == "" || strings.ContainsAny(m, "\n\r;") {
				t.Errorf("message %q is not one complaint", m)
			}
		}
	})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A token is somebody else's text: reading it never panics, and what cannot be read gives no rights.
func FuzzClaims(f *testing.F) {
	f.Add("e30.eyJ0ZW5hbnRfaWQiOiJ0IiwiYXV0aG9yaXRpZXMiOlsiT1JHX0FETUlOIl19.x")
	f.Add("opaque")
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, secret string) {
		if c, ok := readClaims(secret); !ok && c.access().Admin {
			t.Errorf("%q cannot be read and gives rights", secret)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"7", "Mon, 02 Mar 2026 14:01:00 GMT", "", "-1", "1e3", "99999999999999999999", "Mon, 02 Mar 1026 14:01:00 GMT"} {
		f.Add(v)
	}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, v string) {
		if wait, ok := retryAfter(http.Header{"Retry-After": {v}}, now); wait < 0 || !ok && wait != 0 {
			t.Errorf("%q asks to wait %s", v, wait)
		}
	})
}

// Whatever a custom attribute is called, its path in a patch points at it, as another implementation of RFC 6901 and RFC 6902
// reads it.
func FuzzPatchPointsAtItsAttribute(f *testing.F) {
	for _, name := range []string{"vendor", "cost/centre~1", "~", "/", "~0", "~1", "account.name", "", "Größe", `"`} {
		f.Add(name, "old", "new")
		f.Add(name, "", "new")
		f.Add(name, "old", "")
	}
	f.Fuzz(func(t *testing.T, name, old, value string) {
		var b recordBody
		if b.system(name) != nil || strings.ToValidUTF8(name+old+value, "") != name+old+value {
			// Such names are no custom attributes, and JSON cannot carry what is not text: there is nothing to patch.
			t.Skip("not the name of a custom attribute, or not text")
		}
		rec := testRecord("", "")
		rec.Names, rec.Values = append(rec.Names[:8:8], name), append(rec.Values[:8:8], old)
		changes := []schema.FieldChange{{Attribute: name, Old: old, New: value}}
		for _, bare := range []bool{false, old == ""} {
			operations, err := patchBody(rec, changes, bare)
			if err != nil {
				t.Fatal(err)
			}
			if len(operations) == 0 {
				if old != "" || value != "" {
					t.Errorf("%q from %q to %q needs a patch", name, old, value)
				}
				continue
			}
			data := map[string]string{"other": "stays"}
			if old != "" {
				data[name] = old
			}
			doc := mustJSON(t, map[string]any{"data": data})
			if bare {
				doc = []byte(`{}`)
			}
			patch, err := jsonpatch.DecodePatch(mustJSON(t, operations))
			if err != nil {
				t.Fatal(err)
			}
			after, err := patch.ApplyWithOptions(doc, &jsonpatch.ApplyOptions{})
			if err != nil {
				t.Fatalf("%s on %s: %v", mustJSON(t, operations), doc, err)
			}
			want := map[string]string{}
			if !bare && name != "other" {
				want["other"] = "stays"
			}
			if value != "" {
				want[name] = value
			}
			if got, want := string(after), string(mustJSON(t, map[string]any{"data": want})); !jsonpatch.Equal([]byte(got), []byte(want)) {
				t.Errorf("%s on %s gives %s, want %s", mustJSON(t, operations), doc, got, want)
			}
		}
	})
}

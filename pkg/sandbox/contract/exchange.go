package contract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Hijack lets a handler take the connection over, as a fault that resets it does; there is then no answer to look at.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.hijacked = true
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the rest of what the writer can do.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Exchange looks at one request and its answer.
func (v *Validator) Exchange(r *http.Request, sent []byte, status int, header http.Header, body []byte) {
	route, params, concerns := v.description.route(r)
	if !concerns {
		return
	}
	found := Violation{Method: r.Method, Path: r.URL.Path, Status: status}
	if route != nil {
		found.Operation = route.Operation.OperationID
	}
	problems, wellFormed := v.description.check(r, sent, route, params, status, header, body)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.exchanges++
	if wellFormed && status < 300 && len(problems) == 0 {
		v.succeeded[found.Operation]++
	}
	for _, problem := range problems {
		found.Problem = problem
		found.Exception = v.exception(found)
		v.violations = append(v.violations, found)
	}
}

// route finds the operation of a request. A path below a version is the contract's concern even when it is not in the description:
// the answer must then be a refusal.
func (d *Description) route(r *http.Request) (route *routers.Route, params map[string]string, concerns bool) {
	there := r.Clone(r.Context())
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if service, rest, _ := strings.Cut(path, "/"); service == "v1" { // /{service}/v1 is /v2024/{service}
		path, version = version, "v2024"
		if rest != "" {
			path += "/" + rest
		}
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.HasPrefix(first, "non-employee-") {
		return nil, nil, false
	}
	there.URL = &url.URL{Scheme: "http", Host: "localhost", RawQuery: r.URL.RawQuery}
	if err := setPath(there.URL, "/"+version+"/"+path); err != nil {
		return nil, nil, true
	}
	route, params, err := d.router.FindRoute(there)
	if err != nil {
		return nil, nil, true
	}
	return route, params, true
}

func setPath(u *url.URL, escaped string) error {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return fmt.Errorf("path: %w", err)
	}
	u.Path, u.RawPath = path, escaped
	return nil
}

// undeclared is the problem of a status that the operation does not have.
const undeclared = "the status is not declared"

// check lists the problems of one exchange, and tells whether the request was as described.
func (d *Description) check(r *http.Request, sent []byte, route *routers.Route, params map[string]string, status int, header http.Header, body []byte) (problems []string, wellFormed bool) {
	if route == nil {
		if status != http.StatusNotFound && status != http.StatusMethodNotAllowed && status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
			problems = append(problems, "the description has no such path and method")
		}
		return append(problems, d.checkRefusal(status, header, body)...), false
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r.Clone(context.Background()), PathParams: params, Route: route, QueryParams: r.URL.Query(),
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	}
	input.Request.Body = io.NopCloser(bytes.NewReader(sent))
	input.Request.ContentLength = int64(len(sent))
	bad := openapi3filter.ValidateRequest(context.Background(), input)
	if bad != nil && status < 300 {
		problems = append(problems, "success for a request that is not as described: "+oneLine(bad))
	}
	declared := route.Operation.Responses.Status(status)
	if declared == nil {
		if bad == nil || status < 400 || status >= 500 {
			problems = append(problems, undeclared)
		}
		return append(problems, d.checkRefusal(status, header, body)...), false
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		problems = append(problems, oneLine(err))
	}
	problems = append(problems, unknownProperties(declared.Value, header, body)...)
	if status >= 400 {
		problems = append(problems, d.checkRefusal(status, header, body)...)
	}
	if status == http.StatusNoContent && len(body) > 0 {
		problems = append(problems, "204 has a body")
	}
	return append(problems, checkCount(r, route, status, header)...), bad == nil
}

func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 600 {
		text = text[:600] + " …"
	}
	return text
}

// checkRefusal holds an error body to what the description leaves loose or does not declare: its examples, and for 404 and 405 the
// shared response files of the API.
func (d *Description) checkRefusal(status int, header http.Header, body []byte) (problems []string) {
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return []string{"the body of a refusal is not a JSON object: " + err.Error()}
	}
	text := func(name string) {
		if s, ok := fields[name].(string); !ok || s == "" {
			problems = append(problems, fmt.Sprintf("%s of a %d is not a text", name, status))
		}
	}
	switch status {
	case http.StatusUnauthorized:
		text("error")
	case http.StatusTooManyRequests:
		if fields["message"] != " Rate Limit Exceeded " {
			problems = append(problems, "the message of a 429 is not that of the description")
		}
		if n, err := strconv.Atoi(header.Get("Retry-After")); err != nil || n < 1 {
			problems = append(problems, "a 429 has no Retry-After in seconds")
		}
	case http.StatusMethodNotAllowed:
		text("errorName")
		text("errorMessage")
		text("trackingId")
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		text("detailCode")
		text("trackingId")
		if code, _ := fields["detailCode"].(string); !strings.HasPrefix(code, strconv.Itoa(status)) && status != http.StatusRequestEntityTooLarge {
			problems = append(problems, fmt.Sprintf("detailCode %q does not belong to %d", code, status))
		}
		problems = append(problems, checkMessages(fields)...)
	}
	return problems
}

// checkMessages holds the messages and causes of an error body to their shape. kin-openapi alone is not relied on here: the
// description puts null in an enum beside nullable, which validators understand differently.
func checkMessages(fields map[string]any) (problems []string) {
	for _, list := range []string{"messages", "causes"} {
		messages, isList := fields[list].([]any)
		if !isList && (list == "messages" || fields[list] != nil) {
			problems = append(problems, list+" is not a list")
		}
		for _, m := range messages {
			message, isObject := m.(map[string]any)
			if !isObject {
				problems = append(problems, list+" has an element that is not an object")
				continue
			}
			if origin := message["localeOrigin"]; origin != nil && origin != "DEFAULT" && origin != "REQUEST" {
				problems = append(problems, fmt.Sprintf("localeOrigin is %v", origin))
			}
			if _, isText := message["text"].(string); !isText {
				problems = append(problems, "the text of a message is not a text")
			}
			if _, isText := message["locale"].(string); !isText && message["locale"] != nil {
				problems = append(problems, "the locale of a message is not a text")
			}
		}
	}
	return problems
}

// checkCount holds X-Total-Count to its rule: there when count is true, and absent otherwise.
func checkCount(r *http.Request, route *routers.Route, status int, header http.Header) []string {
	takesCount := slices.ContainsFunc(route.Operation.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "count" })
	asked := takesCount && strings.EqualFold(r.URL.Query().Get("count"), "true")
	given := header.Get("X-Total-Count")
	switch {
	case status != http.StatusOK:
		return nil
	case asked && given == "":
		return []string{"X-Total-Count is missing"}
	case !asked && given != "":
		return []string{"X-Total-Count was not asked for"}
	}
	return nil
}

// unknownProperties lists what a body has and the description has not. The schemas would let it pass, but it is a slip all the same.
func unknownProperties(response *openapi3.Response, header http.Header, body []byte) []string {
	media := response.Content.Get(header.Get("Content-Type"))
	if media == nil || media.Schema == nil || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return []string{"the body is not JSON: " + err.Error()}
	}
	var problems []string
	walk(value, []*openapi3.Schema{media.Schema.Value}, "", &problems)
	slices.Sort(problems)
	return slices.Compact(problems)
}

// walk follows a value along all schemas that say something about it.
func walk(value any, schemas []*openapi3.Schema, at string, problems *[]string) {
	var flat []*openapi3.Schema
	for _, s := range schemas {
		flat = append(flat, flatten(s)...)
	}
	switch v := value.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range flat {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		for _, element := range v {
			walk(element, items, at+"[]", problems)
		}
	case map[string]any:
		for name, member := range v {
			var inner []*openapi3.Schema
			for _, s := range flat {
				if p := s.Properties[name]; p != nil {
					inner = append(inner, p.Value)
				}
				if s.AdditionalProperties.Schema != nil {
					inner = append(inner, s.AdditionalProperties.Schema.Value)
				}
			}
			if len(inner) == 0 && slices.ContainsFunc(flat, describesMembers) && !inExample(flat, name) {
				*problems = append(*problems, "the description has no "+at+"."+name)
			}
			walk(member, inner, at+"."+name, problems)
		}
	}
}

func describesMembers(s *openapi3.Schema) bool { return len(s.Properties) > 0 }

// inExample lets pass what a schema's own example has: the requester's name is shown there and declared nowhere.
func inExample(schemas []*openapi3.Schema, name string) bool {
	return slices.ContainsFunc(schemas, func(s *openapi3.Schema) bool {
		example, ok := s.Example.(map[string]any)
		_, there := example[name]
		return ok && there
	})
}

func flatten(s *openapi3.Schema) []*openapi3.Schema {
	all := []*openapi3.Schema{s}
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		all = append(all, flatten(part.Value)...)
	}
	return all
}

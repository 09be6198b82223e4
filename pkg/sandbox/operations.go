package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

// operation is one thing that a path and a method do.
type operation struct {
	id     string // the operationId of the official description
	alias  string // a short name for faults
	method string
	path   string // below the version, with {parameters}
	scope  string
	// userOnly marks the operations that an application token may not call: PUT and PATCH record, one approval, approve and reject.
	userOnly bool
	consumes string // the media type of the body, "" for none
	maxBody  int64
	handle   func(*call) (*answer, *refusal)
}

const (
	scopeRead   = "idn:nelm:read"
	scopeManage = "idn:nelm:manage"

	typeJSON      = "application/json"
	typePatch     = "application/json-patch+json"
	typeMultipart = "multipart/form-data"

	maxJSONBody = 4 << 20 // the ids of a full source for a bulk delete take 0.8 MB
)

// operations is the whole API below a version: the 32 documented operations, public identities and the audit search.
func operations() []*operation {
	const (
		get, post, put, patch, del = "GET", "POST", "PUT", "PATCH", "DELETE"

		records   = "/non-employee-records"
		requests  = "/non-employee-requests"
		sources   = "/non-employee-sources"
		approvals = "/non-employee-approvals"
	)
	all := []*operation{
		{id: "createNonEmployeeRecord", alias: "create", method: post, path: records, scope: scopeManage, consumes: typeJSON, handle: createRecord},
		{id: "listNonEmployeeRecords", alias: "list", method: get, path: records, scope: scopeRead, handle: listRecords},
		{id: "getNonEmployeeRecord", alias: "get", method: get, path: records + "/{id}", scope: scopeRead, handle: getRecord},
		{id: "updateNonEmployeeRecord", alias: "put", method: put, path: records + "/{id}", scope: scopeManage, userOnly: true, consumes: typeJSON, handle: putRecord},
		{id: "patchNonEmployeeRecord", alias: "patch", method: patch, path: records + "/{id}", scope: scopeManage, userOnly: true, consumes: typePatch, handle: patchRecord},
		{id: "deleteNonEmployeeRecord", alias: "delete", method: del, path: records + "/{id}", scope: scopeManage, handle: deleteRecord},
		{id: "deleteNonEmployeeRecordsInBulk", alias: "bulk-delete", method: post, path: records + "/bulk-delete", scope: scopeManage, consumes: typeJSON, handle: bulkDelete},

		{id: "createNonEmployeeRequest", alias: "create-request", method: post, path: requests, scope: scopeManage, consumes: typeJSON, handle: createRequest},
		{id: "listNonEmployeeRequests", alias: "list-requests", method: get, path: requests, scope: scopeRead, handle: listRequests},
		{id: "getNonEmployeeRequest", alias: "get-request", method: get, path: requests + "/{id}", scope: scopeRead, handle: getRequest},
		{id: "deleteNonEmployeeRequest", alias: "delete-request", method: del, path: requests + "/{id}", scope: scopeManage, handle: deleteRequest},
		{id: "getNonEmployeeRequestSummary", alias: "request-summary", method: get, path: requests + "/summary/{requested-for}", scope: scopeRead, handle: requestSummary},

		{id: "createNonEmployeeSource", alias: "create-source", method: post, path: sources, scope: scopeManage, consumes: typeJSON, handle: createSource},
		{id: "listNonEmployeeSources", alias: "sources", method: get, path: sources, scope: scopeRead, handle: listSources},
		{id: "getNonEmployeeSource", alias: "source", method: get, path: sources + "/{sourceId}", scope: scopeRead, handle: getSource},
		{id: "patchNonEmployeeSource", alias: "patch-source", method: patch, path: sources + "/{sourceId}", scope: scopeManage, consumes: typePatch, handle: patchSource},
		{id: "deleteNonEmployeeSource", alias: "delete-source", method: del, path: sources + "/{sourceId}", scope: scopeManage, handle: deleteSource},
		{id: "importNonEmployeeRecordsInBulk", alias: "upload", method: post, path: sources + "/{id}/non-employee-bulk-upload", scope: scopeManage, consumes: typeMultipart, handle: upload},
		{id: "getNonEmployeeBulkUploadStatus", alias: "status", method: get, path: sources + "/{id}/non-employee-bulk-upload/status", scope: scopeRead, handle: uploadStatus},
		{id: "exportNonEmployeeRecords", alias: "export", method: get, path: sources + "/{id}/non-employees/download", scope: scopeRead, handle: exportRecords},
		{id: "exportNonEmployeeSourceSchemaTemplate", alias: "template", method: get, path: sources + "/{id}/schema-attributes-template/download", scope: scopeRead, handle: exportTemplate},
		{id: "getNonEmployeeSourceSchemaAttributes", alias: "attributes", method: get, path: sources + "/{sourceId}/schema-attributes", scope: scopeRead, handle: listAttributes},
		{id: "createNonEmployeeSourceSchemaAttributes", alias: "create-attribute", method: post, path: sources + "/{sourceId}/schema-attributes", scope: scopeManage, consumes: typeJSON, handle: createAttribute},
		{id: "deleteNonEmployeeSourceSchemaAttributes", alias: "delete-attributes", method: del, path: sources + "/{sourceId}/schema-attributes", scope: scopeManage, handle: deleteAttributes},
		{id: "getNonEmployeeSchemaAttribute", alias: "attribute", method: get, path: sources + "/{sourceId}/schema-attributes/{attributeId}", scope: scopeRead, handle: getAttribute},
		{id: "patchNonEmployeeSchemaAttribute", alias: "patch-attribute", method: patch, path: sources + "/{sourceId}/schema-attributes/{attributeId}", scope: scopeManage, consumes: typePatch, handle: patchAttribute},
		{id: "deleteNonEmployeeSchemaAttribute", alias: "delete-attribute", method: del, path: sources + "/{sourceId}/schema-attributes/{attributeId}", scope: scopeManage, handle: deleteAttribute},

		{id: "listNonEmployeeApprovals", alias: "approvals", method: get, path: approvals, scope: scopeRead, handle: listApprovals},
		{id: "getNonEmployeeApproval", alias: "approval", method: get, path: approvals + "/{id}", scope: scopeRead, userOnly: true, handle: getApproval},
		{id: "approveNonEmployeeRequest", alias: "approve", method: post, path: approvals + "/{id}/approve", scope: scopeManage, userOnly: true, consumes: typeJSON, handle: approveRequest},
		{id: "rejectNonEmployeeRequest", alias: "reject", method: post, path: approvals + "/{id}/reject", scope: scopeManage, userOnly: true, consumes: typeJSON, handle: rejectRequest},
		{id: "getNonEmployeeApprovalSummary", alias: "approval-summary", method: get, path: approvals + "/summary/{requested-for}", scope: scopeRead, handle: approvalSummary},

		{id: "getPublicIdentities", alias: "identities", method: get, path: "/public-identities", scope: "sp:scopes:default", userOnly: true, handle: listPublicIdentities},
		{id: "searchPost", alias: "search", method: post, path: "/search", scope: "sp:search:read", consumes: typeJSON, handle: searchEvents},
	}
	for _, op := range all {
		if op.consumes != "" {
			op.maxBody = maxJSONBody
		}
	}
	return all
}

// router finds the operation of a path: the more literal path wins, so that bulk-delete is not taken for an id.
type router struct {
	ops      []*operation
	services []string // the first segments, for the per-service style /{service}/v1
}

func newRouter() *router {
	r := &router{ops: operations()}
	for _, op := range r.ops {
		first, _, _ := strings.Cut(op.path[1:], "/")
		if !slices.Contains(r.services, first) {
			r.services = append(r.services, first)
		}
	}
	return r
}

// split takes the version off an escaped path: "/v2024/non-employee-records" and "/non-employee-records/v1" alike.
func (r *router) split(escaped string) (version string, segments []string, ok bool) {
	for part := range strings.SplitSeq(strings.TrimPrefix(escaped, "/"), "/") {
		segment, err := url.PathUnescape(part)
		if err != nil {
			return "", nil, false
		}
		segments = append(segments, segment)
	}
	if len(segments) < 2 {
		return "", nil, false
	}
	switch segments[0] {
	case "v2024", "v3", "v2025", "v2026", "beta":
		return segments[0], segments[1:], true
	}
	if segments[1] == "v1" && slices.Contains(r.services, segments[0]) {
		return "v1", append(segments[:1:1], segments[2:]...), true
	}
	return "", nil, false
}

// find returns the operation and the values of its path's parameters. Without one it returns the methods that the path has, which
// are none when there is no such path.
func (r *router) find(method string, segments []string) (op *operation, params map[string]string, allow []string) {
	best := -1
	for _, candidate := range r.ops {
		values, literals, ok := match(candidate.path, segments)
		if !ok || literals < best {
			continue
		}
		if literals > best {
			best, op, params, allow = literals, nil, nil, nil
		}
		allow = append(allow, candidate.method)
		if candidate.method == method {
			op, params = candidate, values
		}
	}
	return op, params, allow
}

func match(path string, segments []string) (params map[string]string, literals int, ok bool) {
	parts := strings.Split(path[1:], "/")
	if len(parts) != len(segments) {
		return nil, 0, false
	}
	params = map[string]string{}
	for i, part := range parts {
		switch {
		case strings.HasPrefix(part, "{"):
			if segments[i] == "" {
				return nil, 0, false
			}
			params[strings.Trim(part, "{}")] = segments[i]
		case part == segments[i]:
			literals++
		default:
			return nil, 0, false
		}
	}
	return params, literals, true
}

package registry

import (
	"net/http"
	"slices"
	"strings"
)

// route is one endpoint: a path whose variables are written *, the rights it
// needs, and what answers it.
type route struct {
	method string
	path   string
	needs  Rights
	// filtered endpoints need the rights for some subject only and leave out
	// what the caller may not see; the others need them for the path's subject,
	// or for the context where there is none.
	filtered bool
	handle   func(*Registry, *call) (any, error)
}

// routes are the endpoints of the API.
var routes = []route{
	{method: "GET", path: "", handle: getRoot},
	{method: "GET", path: "v1/metadata/id", handle: getMetadataID},
	{method: "GET", path: "v1/metadata/version", handle: getMetadataVersion},

	{method: "GET", path: "subjects", needs: Read, filtered: true, handle: getSubjects},
	{method: "POST", path: "subjects/*", needs: Read, handle: postSubject},
	{method: "DELETE", path: "subjects/*", needs: Write, handle: deleteSubject},
	{method: "GET", path: "subjects/*/metadata", needs: Read, handle: getSubjectMetadata},
	{method: "GET", path: "subjects/*/versions", needs: Read, handle: getVersions},
	{method: "POST", path: "subjects/*/versions", needs: Write, handle: postVersion},
	{method: "GET", path: "subjects/*/versions/*", needs: Read, handle: getVersion},
	{method: "DELETE", path: "subjects/*/versions/*", needs: Write, handle: deleteVersion},
	{method: "GET", path: "subjects/*/versions/*/schema", needs: Read, handle: getVersionSchema},
	{method: "GET", path: "subjects/*/versions/*/referencedby", needs: Read, handle: getReferencedBy},

	{method: "GET", path: "schemas", needs: Read, filtered: true, handle: getSchemas},
	{method: "GET", path: "schemas/types", handle: getTypes},
	{method: "GET", path: "schemas/ids/*", needs: Read, filtered: true, handle: getSchemaByID},
	{method: "GET", path: "schemas/ids/*/schema", needs: Read, filtered: true, handle: getSchemaTextByID},
	{method: "GET", path: "schemas/ids/*/subjects", needs: Read, filtered: true, handle: getSubjectsByID},
	{method: "GET", path: "schemas/ids/*/versions", needs: Read, filtered: true, handle: getVersionsByID},
	{method: "GET", path: "schemas/guids/*", needs: Read, filtered: true, handle: getSchemaByGUID},
	{method: "GET", path: "schemas/guids/*/ids", needs: Read, filtered: true, handle: getIDsByGUID},

	{method: "POST", path: "compatibility/subjects/*/versions", needs: Read, handle: postCompatibility},
	{method: "POST", path: "compatibility/subjects/*/versions/*", needs: Read, handle: postCompatibility},

	{method: "GET", path: "config", needs: Read, filtered: true, handle: getConfig},
	{method: "PUT", path: "config", needs: Admin, handle: putConfig},
	{method: "DELETE", path: "config", needs: Admin, handle: deleteConfig},
	{method: "GET", path: "config/*", needs: Read, handle: getConfig},
	{method: "PUT", path: "config/*", needs: Admin, handle: putConfig},
	{method: "DELETE", path: "config/*", needs: Admin, handle: deleteConfig},

	{method: "GET", path: "mode", needs: Read, filtered: true, handle: getMode},
	{method: "PUT", path: "mode", needs: Admin, handle: putMode},
	{method: "DELETE", path: "mode", needs: Admin, handle: deleteMode},
	{method: "GET", path: "mode/*", needs: Read, handle: getMode},
	{method: "PUT", path: "mode/*", needs: Admin, handle: putMode},
	{method: "DELETE", path: "mode/*", needs: Admin, handle: deleteMode},

	{method: "GET", path: "contexts", needs: Read, filtered: true, handle: getContexts},
	{method: "DELETE", path: "contexts/*", needs: Admin, handle: deleteContext},
}

// onSubject reports whether the path's first variable is a subject.
func (rt *route) onSubject() bool {
	root, rest, _ := strings.Cut(rt.path, "/")
	switch root {
	case "subjects", "config", "mode":
		return rest != ""
	case "compatibility":
		return true
	}
	return false
}

// aliased reports whether the subject may be an alias: its config and mode are
// its own.
func (rt *route) aliased() bool {
	return strings.HasPrefix(rt.path, "subjects/") || strings.HasPrefix(rt.path, "compatibility/")
}

// match returns the values of the path's variables. Patterns are compared part
// by part; an empty part matches no variable.
func (rt *route) match(segments []string) ([]string, bool) {
	if rt.path == "" {
		return nil, len(segments) == 0
	}
	parts := strings.Split(rt.path, "/")
	if len(parts) != len(segments) {
		return nil, false
	}
	var vars []string
	for i, p := range parts {
		switch {
		case p == "*" && segments[i] != "":
			vars = append(vars, segments[i])
		case p != segments[i]:
			return nil, false
		}
	}
	return vars, true
}

func findRoute(method string, segments []string, c *call) (*route, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	known := false
	for i := range routes {
		vars, ok := routes[i].match(segments)
		if !ok {
			continue
		}
		known = true
		if routes[i].method == method {
			c.vars = vars
			return &routes[i], nil
		}
	}
	if known {
		return nil, fail(http.StatusMethodNotAllowed, "%s is not allowed here", clip(method, 32))
	}
	return nil, fail(http.StatusNotFound, "there is no such path in the schema registry's API")
}

// allowedMethods lists what a path that exists can be asked with.
func allowedMethods(req *http.Request) string {
	segments, err := splitPath(req.URL.EscapedPath())
	if err != nil {
		return ""
	}
	var c call
	if segments, err = c.enterContext(segments); err != nil {
		return ""
	}
	var methods []string
	for i := range routes {
		if _, ok := routes[i].match(segments); ok && !slices.Contains(methods, routes[i].method) {
			methods = append(methods, routes[i].method)
		}
	}
	return strings.Join(methods, ", ")
}

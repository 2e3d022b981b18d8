package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// fields are what the form of each route that changes something has, beside its
// proof of coming from us. A route of a repository's tokens has those of the
// route of all tokens.
var fields = map[string]string{
	"/login":             "email password next",
	"/logout":            "",
	"/setup/:code":       "name email password",
	"/preferences/theme": "theme next",
	"/secret.env":        "secret",

	"/settings":            "organization session_idle session_absolute retention retention_window version",
	"/account/preferences": "zone theme",

	"/tokens":                              tokenFields,
	"/tokens/new":                          tokenFields,
	"/tokens/:guid":                        tokenFields,
	"/tokens/bulk":                         bulkFields,
	"/tokens/bulk/execution":               bulkFields,
	"/tokens/:guid/pause":                  "until zone",
	"/tokens/:guid/resumption":             "",
	"/tokens/:guid/revocation":             "reason",
	"/tokens/:guid/deletion":               "confirm",
	"/repositories":                        repositoryFields,
	"/repositories/new":                    repositoryFields,
	"/repositories/:repo/deletion":         "",
	"/repositories/:repo/settings/general": repositoryFields,

	"/scopes":                     scopeFields,
	"/scopes/:name":               scopeFields,
	"/scopes/:name/retirement":    "",
	"/scopes/:name/reinstatement": "",
}

const (
	tokenFields      = "name description type repository scopes guid guid_seal valid_from valid_to zone owner version action"
	bulkFields       = "verb guid until valid_to zone confirm reason"
	repositoryFields = "name kind description version action connection_repository connection_filter"
	scopeFields      = "name label group risk types version"
)

var errUnknownField = &protocolError{http.StatusUnprocessableEntity, "Not accepted",
	"This form has a field that the console does not know, so nothing was changed. Go back, reload the page and try again."}

// checkFields refuses a form that has more than its route knows, instead of
// doing a part of what was asked for.
func checkFields(c echo.Context) error {
	path := c.Path()
	if rest, ok := strings.CutPrefix(path, "/repositories/:repo/settings/tokens"); ok {
		path = "/tokens" + rest
	}
	known, declared := fields[path]
	if !declared {
		return nil
	}
	names := strings.Fields(known)
	for name := range c.Request().PostForm {
		if name != "csrf" && !slices.Contains(names, name) {
			return errUnknownField
		}
	}
	return nil
}

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
	"/login":                        "email password next",
	"/login/second-factor":          "code passkey next",
	"/login/second-factor/question": "",
	"/confirmation/question":        "",
	"/invitation/:code":             "username name password",
	"/logout":                       "",
	"/setup/:code":                  "name email password",
	"/preferences/theme":            "theme next",
	"/preferences/columns":          "column next",
	"/secret.env":                   "secret",
	"/search":                       "q",

	"/api/explorer": "document variables",

	"/settings":            "organization session_idle session_absolute retention retention_window version",
	"/account/preferences": "zone theme",

	"/settings/policies/:type":         policyFields,
	"/settings/policies/:type/preview": policyFields,

	"/account/password":                      "username current password",
	"/account/codes":                         "name code",
	"/account/codes/offer":                   "",
	"/account/passkeys":                      "name passkey",
	"/account/passkeys/question":             "",
	"/account/recovery-codes":                "",
	"/account/factors/:guid":                 "name",
	"/account/factors/:guid/removal":         "",
	"/account/token":                         secretFields,
	"/account/token/rotation":                "rotation",
	"/account/token/revocation":              "",
	"/account/sessions/termination":          "",
	"/account/sessions/:session/termination": "",

	"/people":                                     "email name role scopes repository as",
	"/people/access":                              "q role repository scope group person version base cell save",
	"/people/:guid":                               "name email role version",
	"/people/:guid/scopes":                        "scopes version",
	"/people/:guid/memberships":                   "repository was as action confirmed",
	"/people/:guid/link":                          "",
	"/people/:guid/departure":                     "handover to",
	"/people/:guid/return":                        "",
	"/people/:guid/factors/reset":                 "",
	"/people/:guid/deletion":                      "",
	"/people/:guid/sessions/termination":          "",
	"/people/:guid/sessions/:session/termination": "",
	"/people/:guid/identities/:identity/deletion": "",
	"/repositories/:repo/settings/people":         "person was as action confirmed",

	"/ip-filters":                  ipFilterFields,
	"/ip-filters/check":            ipFilterFields,
	"/ip-filters/:filter":          ipFilterFields,
	"/ip-filters/:filter/deletion": "",

	"/tokens":                              tokenFields,
	"/tokens/new":                          tokenFields,
	"/tokens/:guid":                        tokenFields,
	"/tokens/views":                        "name query shared default",
	"/tokens/views/:view":                  "name query shared",
	"/tokens/views/:view/default":          "default",
	"/tokens/views/:view/deletion":         "",
	"/tokens/import":                       "file", // a file that was not chosen is sent as a field
	"/tokens/import/:import/secrets.csv":   "leave_out",
	"/tokens/import/:import/rotation.csv":  "",
	"/tokens/export":                       bulkFields + " format",
	"/tokens/bulk":                         bulkFields,
	"/tokens/bulk/execution":               bulkFields,
	"/emergency":                           "owner creator repository scope ip_filter created_from created_to",
	"/jobs/:guid/cancellation":             "",
	"/tokens/:guid/pause":                  "until zone",
	"/tokens/:guid/resumption":             "",
	"/tokens/:guid/revocation":             "reason",
	"/tokens/:guid/deletion":               "confirm",
	"/tokens/:guid/rotation":               "overlap until zone rotation rotation_seal end_oldest version",
	"/tokens/:guid/overlap-end":            "version",
	"/tokens/find":                         "secret",
	"/repositories":                        repositoryFields,
	"/repositories/new":                    repositoryFields,
	"/repositories/:repo/deletion":         "",
	"/repositories/:repo/settings/general": repositoryFields,

	"/repositories/:repo/settings/assets":                             assetFields,
	"/repositories/:repo/settings/assets/:asset":                      assetFields,
	"/repositories/:repo/settings/assets/:asset/deletion":             "",
	"/repositories/:repo/settings/assets/:asset/links":                secretFields + " name ownership",
	"/repositories/:repo/settings/assets/:asset/links/:link":          "ownership ip_filter version",
	"/repositories/:repo/settings/assets/:asset/links/:link/deletion": "",

	"/scopes":                     scopeFields,
	"/scopes/:name":               scopeFields,
	"/scopes/:name/retirement":    "",
	"/scopes/:name/reinstatement": "",
}

const (
	tokenFields      = "name description type repository scopes assets guid guid_seal valid_from valid_to zone owner ip_filter version action"
	secretFields     = "guid guid_seal valid_to zone ip_filter"
	assetFields      = "name type resource version"
	policyFields     = "allowed maximum ip_filter permissions_fixed confirm version"
	ipFilterFields   = "name rules filter version warned confirm try action"
	bulkFields       = "verb guid all query until valid_to owner scope zone confirm reason emergency"
	repositoryFields = "name kind description guid confirm version action connection_repository connection_filter"
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
		if name != "csrf" && !strings.HasPrefix(name, proofFields) && !slices.Contains(names, name) {
			return errUnknownField
		}
	}
	return nil
}

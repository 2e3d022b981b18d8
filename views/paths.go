// Package views is what a person sees: pages, and the regions of pages that
// htmx swaps. Every view is given one Props with all decisions made; it
// fetches nothing and knows no time but the one it is given.
package views

import (
	"net/url"

	"latchkey/internal/console"
)

// Every address of the console is one of these functions. Where one takes a
// repository's name, an empty name means the pages of all tokens.

// HomePath leads to the first page.
func HomePath() string { return "/" }

// LoginPath leads to the sign-in page and from there to next, if given.
func LoginPath(next string) string {
	if next == "" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// LoginAgainPath is LoginPath for whoever sent a form after their session ended.
func LoginAgainPath(next string) string {
	return "/login?" + url.Values{"lost": {"yes"}, "next": {next}}.Encode()
}

// SecondFactorPath asks who signs in for their second factor, and leads to next.
func SecondFactorPath(next string) string {
	if next == "" || next == HomePath() {
		return "/login/second-factor"
	}
	return "/login/second-factor?next=" + url.QueryEscape(next)
}

// SignInQuestionPath is what is asked of the passkey of who signs in, by POST.
func SignInQuestionPath() string { return "/login/second-factor/question" }

// ProofQuestionPath is what is asked of the passkey of who confirms, by POST.
func ProofQuestionPath() string { return "/confirmation/question" }

// AccountPath is the reader's own account.
func AccountPath() string { return "/account" }

// PasswordPath changes the reader's password, by POST.
func PasswordPath() string { return AccountPath() + "/password" }

// CodesPath sets up one-time codes, and finishes it by POST.
func CodesPath() string { return AccountPath() + "/codes" }

// CodesOfferPath begins to set up one-time codes, by POST.
func CodesOfferPath() string { return CodesPath() + "/offer" }

// CodesPicturePath is the picture from which an app reads the key of one-time codes.
func CodesPicturePath() string { return CodesPath() + "/picture.png" }

// PasskeysPath adds a passkey, by POST.
func PasskeysPath() string { return AccountPath() + "/passkeys" }

// NewPasskeyPath is the form that adds a passkey.
func NewPasskeyPath() string { return PasskeysPath() + "/new" }

// NewPasskeyQuestionPath is what is asked of who makes a passkey, by POST.
func NewPasskeyQuestionPath() string { return PasskeysPath() + "/question" }

// RecoveryCodesPath asks whether to replace the recovery codes, and does it by POST.
func RecoveryCodesPath() string { return AccountPath() + "/recovery-codes" }

// FactorPath renames one of the reader's second factors, by POST.
func FactorPath(factor console.GUID) string { return AccountPath() + "/factors/" + string(factor) }

// FactorEditPath is the form that renames a second factor.
func FactorEditPath(factor console.GUID) string { return FactorPath(factor) + "/edit" }

// FactorRemovalPath asks whether to remove a second factor, and does it by POST.
func FactorRemovalPath(factor console.GUID) string { return FactorPath(factor) + "/removal" }

// SessionsPath lists the sessions of a person. Those of the reader are on the
// page of their account.
func SessionsPath(person console.GUID) string {
	if person == "" {
		return AccountPath() + "/sessions"
	}
	return "/people/" + string(person) + "/sessions"
}

// SessionsTerminationPath ends a person's sessions, by POST: without a person
// the reader's, but for this one.
func SessionsTerminationPath(person console.GUID) string {
	return SessionsPath(person) + "/termination"
}

// SessionTerminationPath ends a session, by POST: without a person one of the
// reader's.
func SessionTerminationPath(person, session console.GUID) string {
	return SessionsPath(person) + "/" + string(session) + "/termination"
}

// ProviderPath leads to a provider to sign in at and from there to next, if
// given.
func ProviderPath(provider, next string) string {
	path := "/login/" + url.PathEscape(provider)
	if next != "" && next != HomePath() {
		path += "?next=" + url.QueryEscape(next)
	}
	return path
}

// FreshProofPath is ProviderPath to a provider that has to ask again who is
// there, also if it knows.
func FreshProofPath(provider, next string) string {
	return "/login/" + url.PathEscape(provider) + "?" + url.Values{"fresh": {"1"}, "next": {next}}.Encode()
}

// ProviderCallbackPath is where a provider leads back to.
func ProviderCallbackPath(provider string) string {
	return "/login/" + url.PathEscape(provider) + "/callback"
}

// LogoutPath ends the session, by POST.
func LogoutPath() string { return "/logout" }

// SetupPath makes the first owner.
func SetupPath(code string) string { return "/setup/" + url.PathEscape(code) }

// SettingsPath is what holds for everybody, and changes it by POST.
func SettingsPath() string { return "/settings" }

// PreferencesPath is how the reader wants to see the console, and changes it by POST.
func PreferencesPath() string { return "/account/preferences" }

// ColumnsPath keeps, by POST, which columns of lists of tokens somebody sees.
func ColumnsPath() string { return "/preferences/columns" }

// ThemePath keeps the choice of a theme, by POST.
func ThemePath() string { return "/preferences/theme" }

// SecretFilePath answers a secret, by POST, as the file .env.
func SecretFilePath() string { return "/secret.env" }

// TokensPath lists tokens, and makes one by POST.
func TokensPath(repository string) string {
	if repository == "" {
		return "/tokens"
	}
	return RepositoryPath(repository) + "/settings/tokens"
}

// SearchPath is the page of what is found for a text, which is asked for by POST
// without one.
func SearchPath(text string) string {
	if text == "" {
		return "/search"
	}
	return "/search?" + url.Values{"q": {text}}.Encode()
}

// TokensThatPath lists all tokens that pass filters, given by name and value.
func TokensThatPath(filters ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(filters); i += 2 {
		query.Add(filters[i], filters[i+1])
	}
	return TokensPath("") + "?" + query.Encode()
}

// NewTokenPath is the form that makes a token.
func NewTokenPath(repository string) string { return TokensPath(repository) + "/new" }

// DuplicatePath is the form that makes a token, filled from another one.
func DuplicatePath(repository string, guid console.GUID) string {
	return NewTokenPath(repository) + "?copy=" + string(guid)
}

// TokenPath shows a token, and changes it by POST.
func TokenPath(repository string, guid console.GUID) string {
	return TokensPath(repository) + "/" + string(guid)
}

// ofToken is an address below a token's own. It is made in one piece, for a row of a
// list has many.
func ofToken(repository string, guid console.GUID, below string) string {
	return TokensPath(repository) + "/" + string(guid) + below
}

// TokenEditPath is the form that changes a token.
func TokenEditPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/edit")
}

// PausePath asks whether to disable a token, and does it by POST.
func PausePath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/pause")
}

// ResumptionPath enables a token, by POST.
func ResumptionPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/resumption")
}

// TokenDeletionPath asks whether to delete a token, and does it by POST.
func TokenDeletionPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/deletion")
}

// RevocationPath asks whether to revoke a token, and does it by POST.
func RevocationPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/revocation")
}

// RotationPath asks how to rotate a token's secret, and does it by POST.
func RotationPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/rotation")
}

// OverlapEndPath asks whether to end a token's old secret, and does it by POST.
func OverlapEndPath(repository string, guid console.GUID) string {
	return ofToken(repository, guid, "/overlap-end")
}

// FindTokenPath asks for a token string, and says whose it is by POST.
func FindTokenPath() string { return TokensPath("") + "/find" }

// RepositoriesPath lists repositories, and makes one by POST.
func RepositoriesPath() string { return "/repositories" }

// NewRepositoryPath is the form that makes a repository.
func NewRepositoryPath() string { return RepositoriesPath() + "/new" }

// RepositoryPath shows a repository.
func RepositoryPath(name string) string { return RepositoriesPath() + "/" + url.PathEscape(name) }

// RepositorySettingsPath leads to the first page of a repository's settings.
func RepositorySettingsPath(name string) string { return RepositoryPath(name) + "/settings" }

// RepositoryGeneralPath edits a repository.
func RepositoryGeneralPath(name string) string { return RepositorySettingsPath(name) + "/general" }

// RepositoryDeletionPath asks whether to delete a repository, and does it by POST.
func RepositoryDeletionPath(name string) string { return RepositoryPath(name) + "/deletion" }

// ScopesPath lists scopes, and makes one by POST.
func ScopesPath() string { return "/scopes" }

// NewScopePath is the form that makes a scope.
func NewScopePath() string { return ScopesPath() + "/new" }

// ScopePath changes a scope, by POST.
func ScopePath(name string) string { return ScopesPath() + "/" + url.PathEscape(name) }

// ScopeEditPath is the form that changes a scope.
func ScopeEditPath(name string) string { return ScopePath(name) + "/edit" }

// ScopeRetirementPath asks whether to retire a scope, and does it by POST.
func ScopeRetirementPath(name string) string { return ScopePath(name) + "/retirement" }

// ScopeReinstatementPath asks whether to reinstate a scope, and does it by POST.
func ScopeReinstatementPath(name string) string { return ScopePath(name) + "/reinstatement" }

// PeoplePath lists people with their scopes, and invites one by POST.
func PeoplePath() string { return "/people" }

// InvitePath is the form that invites a person.
func InvitePath() string { return PeoplePath() + "/new" }

// AccessPath sums up, by POST, how the scopes of members change, and changes them.
func AccessPath() string { return PeoplePath() + "/access" }

// PersonPath shows a person, and changes them by POST.
func PersonPath(guid console.GUID) string { return PeoplePath() + "/" + string(guid) }

// PersonEditPath is the form that changes a person.
func PersonEditPath(guid console.GUID) string { return PersonPath(guid) + "/edit" }

// PersonScopesPath changes a member's scopes, by POST.
func PersonScopesPath(guid console.GUID) string { return PersonPath(guid) + "/scopes" }

// MembershipsPath changes what somebody is in a repository, by POST.
func MembershipsPath(guid console.GUID) string { return PersonPath(guid) + "/memberships" }

// PersonLinkPath asks whether to make a link with which somebody sets a
// password, and makes it by POST.
func PersonLinkPath(guid console.GUID) string { return PersonPath(guid) + "/link" }

// DeparturePath asks what becomes of somebody's tokens, and disables them by POST.
func DeparturePath(guid console.GUID) string { return PersonPath(guid) + "/departure" }

// ReturnPath enables a disabled person, by POST.
func ReturnPath(guid console.GUID) string { return PersonPath(guid) + "/return" }

// FactorsResetPath asks whether to take somebody's second factors away, and
// does it by POST.
func FactorsResetPath(guid console.GUID) string { return PersonPath(guid) + "/factors/reset" }

// PersonDeletionPath asks whether to remove a person, and does it by POST.
func PersonDeletionPath(guid console.GUID) string { return PersonPath(guid) + "/deletion" }

// InvitationPath is where somebody who was invited sets a password.
func InvitationPath(code string) string { return "/invitation/" + url.PathEscape(code) }

// MembersPath lists the members of a repository, and changes one by POST.
func MembersPath(repository string) string { return RepositorySettingsPath(repository) + "/people" }

// OwnedTokensPath lists the tokens that somebody owns, of every status.
func OwnedTokensPath(guid console.GUID) string { return TokensPath("") + "?owner=" + string(guid) }

// MadeTokensPath lists the tokens that somebody made.
func MadeTokensPath(guid console.GUID) string { return TokensPath("") + "?creator=" + string(guid) }

// SingleSignOnPath shows the providers at which people may sign in.
func SingleSignOnPath() string { return "/people/single-sign-on" }

// IdentitiesPath shows who somebody is at providers.
func IdentitiesPath(user console.GUID) string { return "/people/" + string(user) + "/identities" }

// IdentityDeletionPath asks whether to unlink an identity, and does it by POST.
func IdentityDeletionPath(user console.GUID, identity string) string {
	return IdentitiesPath(user) + "/" + url.PathEscape(identity) + "/deletion"
}

// IPFiltersPath lists IP filters, and makes one by POST.
func IPFiltersPath() string { return "/ip-filters" }

// NewIPFilterPath is the form that makes an IP filter.
func NewIPFilterPath() string { return IPFiltersPath() + "/new" }

// IPFilterCheckPath says, by POST, what is to be said of rules as typed.
func IPFilterCheckPath() string { return IPFiltersPath() + "/check" }

// IPFilterPath shows an IP filter, and changes it by POST.
func IPFilterPath(guid console.GUID) string { return IPFiltersPath() + "/" + string(guid) }

// IPFilterEditPath is the form that changes an IP filter.
func IPFilterEditPath(guid console.GUID) string { return IPFilterPath(guid) + "/edit" }

// IPFilterDeletionPath asks whether to delete an IP filter, and does it by POST.
func IPFilterDeletionPath(guid console.GUID) string { return IPFilterPath(guid) + "/deletion" }

// RepositoryIPFiltersPath lists the IP filters that a repository's tokens use.
func RepositoryIPFiltersPath(name string) string { return RepositorySettingsPath(name) + "/ip-filters" }

// APIPath shows how programs use the GraphQL API.
func APIPath() string { return "/api" }

// ExplorerPath tries out GraphQL, beginning with an operation if one is named.
func ExplorerPath(operation string) string {
	if operation == "" {
		return APIPath() + "/explorer"
	}
	return APIPath() + "/explorer?operation=" + url.QueryEscape(operation)
}

// ConnectPath shows how gateways and services ask about tokens.
func ConnectPath() string { return "/connect" }

// ForwardAuthPath is what gateways of a kind ask. The repository and the scopes
// are escaped already; "-" is none.
func ForwardAuthPath(gateway, repository, scopes string) string {
	return "/forward-auth/" + gateway + "/" + repository + "/" + scopes
}

// PoliciesPath is what is asked of the tokens of each type.
func PoliciesPath() string { return SettingsPath() + "/policies" }

// PolicyPath changes the policy for a type, by POST.
func PolicyPath(t console.Type) string { return PoliciesPath() + "/" + string(t) }

// PolicyEditPath is the form that changes the policy for a type.
func PolicyEditPath(t console.Type) string { return PolicyPath(t) + "/edit" }

// PolicyPreviewPath says, by POST, what such a change finds.
func PolicyPreviewPath(t console.Type) string { return PolicyPath(t) + "/preview" }

// AuditPath is the audit log.
func AuditPath() string { return "/audit" }

// AuditExportPath is the audit log as a file.
func AuditExportPath(format console.ExportFormat) string { return AuditPath() + "." + string(format) }

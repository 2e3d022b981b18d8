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

// LogoutPath ends the session, by POST.
func LogoutPath() string { return "/logout" }

// SetupPath makes the first owner.
func SetupPath(code string) string { return "/setup/" + url.PathEscape(code) }

// SettingsPath is what holds for everybody, and changes it by POST.
func SettingsPath() string { return "/settings" }

// PreferencesPath is how the reader wants to see the console, and changes it by POST.
func PreferencesPath() string { return "/account/preferences" }

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

// NewTokenPath is the form that makes a token.
func NewTokenPath(repository string) string { return TokensPath(repository) + "/new" }

// DuplicatePath is the form that makes a token, filled from another one.
func DuplicatePath(repository string, guid console.GUID) string {
	return NewTokenPath(repository) + "?copy=" + string(guid)
}

// BulkPath asks, by POST, whether to change several tokens.
func BulkPath(repository string) string { return TokensPath(repository) + "/bulk" }

// BulkExecutionPath changes several tokens, by POST.
func BulkExecutionPath(repository string) string { return BulkPath(repository) + "/execution" }

// TokenPath shows a token, and changes it by POST.
func TokenPath(repository string, guid console.GUID) string {
	return TokensPath(repository) + "/" + string(guid)
}

// TokenEditPath is the form that changes a token.
func TokenEditPath(repository string, guid console.GUID) string {
	return TokenPath(repository, guid) + "/edit"
}

// PausePath asks whether to disable a token, and does it by POST.
func PausePath(repository string, guid console.GUID) string {
	return TokenPath(repository, guid) + "/pause"
}

// ResumptionPath enables a token, by POST.
func ResumptionPath(repository string, guid console.GUID) string {
	return TokenPath(repository, guid) + "/resumption"
}

// TokenDeletionPath asks whether to delete a token, and does it by POST.
func TokenDeletionPath(repository string, guid console.GUID) string {
	return TokenPath(repository, guid) + "/deletion"
}

// RevocationPath asks whether to revoke a token, and does it by POST.
func RevocationPath(repository string, guid console.GUID) string {
	return TokenPath(repository, guid) + "/revocation"
}

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

// AuditOfPath is what the audit log tells of one target, ever.
func AuditOfPath(target console.GUID) string {
	return AuditPath() + "?period=all&target=" + string(target)
}

// AuditByPath is what the audit log tells of one person's doing, ever.
func AuditByPath(actor console.GUID) string {
	return AuditPath() + "?actor=" + string(actor) + "&period=all"
}

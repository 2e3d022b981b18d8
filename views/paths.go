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

// TokenPath shows a token.
func TokenPath(repository string, guid console.GUID) string {
	return TokensPath(repository) + "/" + string(guid)
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

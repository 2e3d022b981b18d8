package gate

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// introspection is RFC 7662's answer about an active token.
type introspection struct {
	Active    bool         `json:"active"`
	Scope     string       `json:"scope"`
	ClientID  console.GUID `json:"client_id"`
	Username  string       `json:"username,omitempty"`
	TokenType string       `json:"token_type"`
	Expires   *int64       `json:"exp,omitempty"`
	IssuedAt  int64        `json:"iat"`
	NotBefore int64        `json:"nbf"`
	Subject   console.GUID `json:"sub"`
	Audience  []string     `json:"aud,omitempty"`
	Issuer    string       `json:"iss,omitempty"`
	Dashboard console.GUID `json:"dashboard,omitempty"`
}

// TestTheAnswerIsJSON compares it with what the library writes.
func TestTheAnswerIsJSON(t *testing.T) {
	created, later := time.UnixMilli(1795307468999), time.UnixMilli(1795393868001)
	for _, text := range []string{"", "plain", `a "quoted" \ one`, "<b>&", "Zürich 日本", "\x00\n\u2028", "\xff", "~ \x7f"} {
		for _, token := range []console.Token{
			{CreatedAt: created},
			{CreatedAt: created, GUID: console.NewGUID(), Scopes: []string{text}, Owner: console.PersonRef{Name: text}, Dashboard: console.NewGUID()},
			{CreatedAt: created, ValidFrom: later, ValidTo: later, Scopes: []string{text, "ReadAccess", text}, Repositories: []console.RepositoryRef{{Name: text}}},
			{CreatedAt: created, Repositories: []console.RepositoryRef{{Name: text}, {Name: "web-logs"}, {Name: text}}},
		} {
			answer := introspection{
				Active: true, Scope: strings.Join(token.Scopes, " "), ClientID: token.GUID, Username: token.Owner.Name, TokenType: "Bearer",
				Expires: seconds(token.ValidTo), IssuedAt: token.CreatedAt.Unix(), NotBefore: token.ActiveFrom().Unix(),
				Subject: token.GUID, Audience: repositoryNames(token), Issuer: text, Dashboard: token.Dashboard,
			}
			want, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if got := appendActive(nil, &token, text); string(got) != string(want) {
				t.Errorf("it is\n%s, want\n%s", got, want)
			}
		}
	}
}

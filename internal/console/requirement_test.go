package console

import "testing"

func TestWhatATokenIsWantedFor(t *testing.T) {
	token := Token{Scopes: []string{"ReadAccess", "billing:read"}, Repositories: []RepositoryRef{{Name: "web-logs"}, {Name: "Métriques"}}}
	for _, test := range []struct {
		name    string
		need    Requirement
		reason  Reason
		missing string
	}{
		{"nothing", Requirement{}, "", ""},
		{"a repository", Requirement{Repository: "web-logs"}, "", ""},
		{"another one of its own", Requirement{Repository: "métriques"}, "", ""},
		{"its accent written apart", Requirement{Repository: "me\u0301triques"}, "", ""},
		{"a foreign one", Requirement{Repository: "other-logs"}, ReasonRepositoryMissing, ""},
		{"part of a name", Requirement{Repository: "web"}, ReasonRepositoryMissing, ""},
		{"a scope", Requirement{Scopes: []string{"billing:read"}}, "", ""},
		{"all of them", Requirement{Repository: "web-logs", Scopes: []string{"billing:read", "ReadAccess"}}, "", ""},
		{"another scope", Requirement{Scopes: []string{"DeleteEvents"}}, ReasonScopeMissing, "DeleteEvents"},
		{"one of two", Requirement{Scopes: []string{"ReadAccess", "billing:write", "DeleteEvents"}}, ReasonScopeMissing, "billing:write"},
		{"a scope in another case", Requirement{Scopes: []string{"readaccess"}}, ReasonScopeMissing, "readaccess"},
		{"a foreign repository and scope", Requirement{Repository: "x", Scopes: []string{"y"}}, ReasonRepositoryMissing, ""},
	} {
		got := Introspection{Active: true, Token: token}.For(test.need)
		if got.Reason != test.reason || got.Missing != test.missing || got.Active != (test.reason == "") {
			t.Errorf("%s: %+v", test.name, got)
		}
		for _, reason := range []Reason{ReasonUnknown, ReasonRevoked, ReasonExpired, ReasonNotYetValid, ReasonDisabled} {
			if got := (Introspection{Reason: reason, Token: token}).For(test.need); got.Active || got.Reason != reason || !reason.Worthless() {
				t.Errorf("%s, %s: %+v", test.name, reason, got)
			}
		}
	}
	if got := (Introspection{Active: true}).For(Requirement{Repository: "web-logs"}); got.Active {
		t.Error("a token of no repository is good for one")
	}
	for _, reason := range []Reason{"", ReasonRepositoryMissing, ReasonScopeMissing} {
		if reason.Worthless() {
			t.Errorf("%q is about the token", reason)
		}
	}
}

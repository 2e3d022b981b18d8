package views

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

// TestEveryActionHasWords: what is recorded can be read and filtered by.
func TestEveryActionHasWords(t *testing.T) {
	for _, action := range console.Actions {
		if group, label := ActionLabel(action); group == "" || label == "" || deeds[action].verb == "" {
			t.Errorf("say in deeds how %s reads", action)
		}
	}
}

// TestActionsOfAKindStandTogether: the filter has each heading once.
func TestActionsOfAKindStandTogether(t *testing.T) {
	var groups []string
	for _, action := range console.Actions {
		if group, _ := ActionLabel(action); len(groups) == 0 || groups[len(groups)-1] != group {
			if slices.Contains(groups, group) {
				t.Errorf("%s stands apart from the others under %s", action, group)
			}
			groups = append(groups, group)
		}
	}
}

// TestEveryFieldHasALabel: records name what changed in words.
func TestEveryFieldHasALabel(t *testing.T) {
	for _, changes := range [][]console.Change{
		console.Token{}.Fields(), console.Repository{}.Fields(), console.Scope{}.Fields(), console.IPFilter{}.Fields(),
		console.User{}.Fields(), console.Asset{}.Fields(), console.Settings{}.Fields(), console.Policy{}.Fields(), console.AuditFilter{Alone: true}.Fields(),
		{{Field: "memberships"}, {Field: "member"}, {Field: "provider"}, {Field: "second_factor"}, {Field: "session"}, {Field: "left"}, {Field: "key"},
			{Field: "tokens"}, {Field: "query_ownership"}, {Field: "wanted"}, {Field: "request"}, {Field: "attempts"}, {Field: "refused_because"}, {Field: "format"}, {Field: "old_secret"}, {Field: "old_secret_until"}},
	} {
		for _, change := range changes {
			if fieldLabels[change.Field] == "" {
				t.Errorf("%s has no label", change.Field)
			}
		}
	}
	for _, kind := range []console.TargetKind{
		console.TargetToken, console.TargetRepository, console.TargetScope, console.TargetUser,
		console.TargetSettings, console.TargetAudit, console.TargetIPFilter, console.TargetPolicy, console.TargetAsset,
	} {
		if targetWords[kind] == "" {
			t.Errorf("no word stands for a %s without a name", kind)
		}
	}
}

// TestEveryReasonHasWords: whoever reads why a token was refused reads a sentence.
func TestEveryReasonHasWords(t *testing.T) {
	for _, reason := range console.Reasons {
		if reasonWords[reason] == "" {
			t.Errorf("say in reasonWords what %s means", reason)
		}
	}
	event := console.AuditEvent{Action: console.TokenRefused, Actor: console.PersonRef{Name: "looker"}, Changes: []console.Change{
		{Field: "refused_because", New: "expired"}, {Field: "attempts", New: "1200"},
	}}
	if got, want := Sentence(event), "looker was refused 1,200 times: expired"; got != want {
		t.Errorf("a refusal reads %q, want %q", got, want)
	}
}

package views

import (
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

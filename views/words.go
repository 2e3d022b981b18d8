package views

import (
	"strings"

	"latchkey/views/ui"
)

// What Props are made of that is a component's own. Whoever fills Props needs
// no other package.
type (
	Option      = ui.Option
	ScopeGroup  = ui.ScopeGroup
	Choice      = ui.Choice
	ScopeOption = ui.ScopeOption
	ScopePreset = ui.ScopePreset
	Param       = ui.Param
	Crumb       = ui.Crumb
	Pager       = ui.CursorPagerProps
)

// lowered is an English text to go on with.
func lowered(text string) string { return strings.ToLower(text[:1]) + text[1:] }

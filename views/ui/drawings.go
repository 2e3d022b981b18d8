package ui

import (
	"strconv"
	"strings"
)

// Icon draws a symbol of the sprite. It is decoration: the words beside it, or
// the label of its button, say what it means. Classes such as "ico-sm",
// "ico-lg" or "i-warn" may follow.
func Icon(name string, class ...string) Drawing {
	return func(m *Markup) {
		m.Add(`<svg class="ico`)
		for _, one := range class {
			m.Add(` `).Text(one)
		}
		m.Add(iconFrom).Text(name).Add(`"></use></svg>`)
	}
}

// iconFrom stands in an icon between its classes and the name of its symbol.
var iconFrom = `" aria-hidden="true"><use href="` + sprite + `#`

// CopyProps says what a CopyButton copies and how it is called.
type CopyProps struct {
	Text  string // what is copied; leave empty to copy the element From
	From  string // id of the element whose value or text is copied
	What  string // "GUID": announced as "GUID copied."
	Label string // accessible name; "Copy " and What if empty
}

// CopyButton copies a text. It needs JavaScript and is not shown without; what
// it copies must be visible and selectable beside it.
func CopyButton(p CopyProps) Drawing {
	return func(m *Markup) {
		m.Add(`<button type="button" class="ibtn js-only" data-copy="`).Text(p.From).Add(`"`)
		if p.Text != "" {
			m.Add(` data-text="`).Text(p.Text).Add(`"`)
		}
		m.Add(` data-what="`).Text(p.What).Add(`" aria-label="`)
		if p.Label != "" {
			m.Text(p.Label)
		} else {
			m.Add(`Copy `).Text(p.What)
		}
		m.Add(`" title="Copy `).Text(p.What).Add(`">`)
		m.Draw(Icon("copy", "ico-sm")).Add(`</button>`)
	}
}

// Guid shows a GUID with a button that copies it. Where room is scarce its
// middle is folded away for the eye only: selection and assistive technology
// get all of it.
func Guid(guid string) Drawing {
	return func(m *Markup) { m.Add(`<span class="guid">`).Draw(guidToCopy(guid)) }
}

// GuidFull is a Guid that is never folded.
func GuidFull(guid string) Drawing {
	return func(m *Markup) { m.Add(`<span class="guid guid-full">`).Draw(guidToCopy(guid)) }
}

func guidToCopy(guid string) Drawing {
	return func(m *Markup) {
		m.Add(`<span data-copy-source>`).Text(head(guid)).Add(`<span class="guid-mid">`).Text(middle(guid)).
			Add(`</span><span class="guid-end">`).Text(tail(guid)).Add(`</span></span>`).
			Draw(CopyButton(CopyProps{What: "GUID", Label: "Copy GUID " + head(guid)})).Add(`</span>`)
	}
}

// A canonical GUID is cut as 8, 24 and 4; anything else is not cut at all.
func head(guid string) string {
	if len(guid) != 36 {
		return guid
	}
	return guid[:8]
}

func middle(guid string) string {
	return strings.TrimSuffix(guid[len(head(guid)):], tail(guid))
}

func tail(guid string) string {
	if len(guid) != 36 {
		return ""
	}
	return guid[32:]
}

// Life shows which share of a lifetime has passed, in percent. Leave it out
// for what never ends.
func Life(percent int, tone Tone) Drawing {
	return func(m *Markup) {
		m.Add(`<svg class="`).Text(tone.class("life")).Add(`" viewBox="0 0 100 3" preserveAspectRatio="none" role="img" aria-label="`)
		passed := strconv.Itoa(min(max(percent, 0), 100))
		if tone == Info {
			m.Add(`Not started`)
		} else {
			m.Text(passed).Add(` percent of lifetime used`)
		}
		m.Add(`"><rect class="bg" width="100" height="3" rx="1"></rect> <rect class="fg" width="`).Text(passed).Add(`" height="3" rx="1"></rect></svg>`)
	}
}

// Status shows a status by glyph and word. The name is in lower case.
func Status(name string) Drawing {
	return func(m *Markup) {
		m.Add(`<span class="st st-`).Text(name).Add(`">`).Draw(Icon("st-" + name)).Text(capital(name)).Add(`</span>`)
	}
}

// Time shows a moment in one or two lines that are already in the reader's
// words and zone. The datetime is the machine's form of it, RFC 3339.
func Time(datetime, line, sub string) Drawing {
	return func(m *Markup) {
		m.Add(`<time datetime="`).Text(datetime).Add(`">`).Text(line).Add(`</time>`)
		if sub != "" {
			m.Add(` <small>`).Text(sub).Add(`</small>`)
		}
	}
}

// optionsOf are the options of a select, of which one has the value.
func optionsOf(value string, options []Option) Drawing {
	return func(m *Markup) {
		for _, option := range options {
			m.Add(`<option value="`).Text(option.Value).Add(`"`)
			if option.Value == value {
				m.Add(` selected`)
			}
			if option.Disabled {
				m.Add(` disabled`)
			}
			m.Add(`>`).Text(option.Label).Add(`</option>`)
		}
	}
}

// A Choice is one of several values.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// Choices are the boxes of values, each a Check whose id is the name and its value.
func Choices(kind, name string, choices []Choice) Drawing {
	return func(m *Markup) {
		for _, choice := range choices {
			m.Add(`<label class="optrow"><input class="check" type="`).Text(kind).Add(`" name="`).Text(name).Add(`" value="`).Text(choice.Value).Add(`"`)
			if choice.Chosen {
				m.Add(` checked`)
			}
			m.Add(` autocomplete="off" id="`).Text(name, "-", choice.Value).Add(`"> <span>`).Text(choice.Label).Add(`</span></label>`)
		}
	}
}

// labelText is what stands in a label.
func labelText(p FieldProps) Drawing {
	return func(m *Markup) {
		m.Text(p.Label).Add(` `)
		if p.Required {
			m.Add(`<span class="req" aria-hidden="true">*</span> `)
		}
		if p.Optional {
			m.Add(`<span class="opt">Optional</span>`)
		}
	}
}

// fieldNotes are the words below a control. That of an error is there without one,
// for the script.
func fieldNotes(p FieldProps) Drawing {
	return func(m *Markup) {
		if p.Hint != "" {
			m.Add(`<p class="hint" id="`).Text(p.ID).Add(`-hint">`).Text(p.Hint).Add(`</p>`)
		}
		if p.Now != "" {
			m.Add(`<p class="now" id="`).Text(p.ID).Add(`-now">`).Draw(Icon("history")).Add(`<span>Stored now: <b hx-ignore>`).Text(p.Now).Add(`</b></span></p>`)
		}
		m.Add(`<p class="error" id="`).Text(p.ID).Add(`-err"`)
		if p.Error == "" {
			m.Add(` hidden`)
		} else {
			m.Add(` data-server`)
		}
		m.Add(`>`).Draw(Icon("circle-alert")).Add(`<span>`).Text(p.Error).Add(`</span></p>`)
	}
}

// scopeGroups are the groups of a picker with their boxes.
func scopeGroups(p ScopePickerProps) Drawing {
	return func(m *Markup) {
		for i, group := range p.Groups {
			m.Add(`<div class="optgroup" data-scope-group`)
			if group.Name != "" {
				id := p.ID + "-g" + strconv.Itoa(i)
				m.Add(` role="group" aria-labelledby="`).Text(id).Add(`"><p class="optgroup-h" id="`).Text(id).Add(`">`).Text(group.Name).Add(`</p>`)
			} else {
				m.Add(`>`)
			}
			m.Draw(scopeRows(p.Name, group.Scopes)).Add(`</div>`)
		}
	}
}

// scopeRows are the boxes of scopes.
func scopeRows(name string, scopes []ScopeOption) Drawing {
	return func(m *Markup) {
		for _, scope := range scopes {
			m.Add(`<label class="optrow"><input type="checkbox" class="check" name="`).Text(name).Add(`" value="`).Text(scope.Name).Add(`"`)
			if scope.Checked {
				m.Add(` checked`)
			}
			if scope.Was {
				m.Add(` data-was`)
			}
			m.Add(` autocomplete="off"> <span><code>`).Text(first(scope.Label, scope.Name)).Add(`</code> `)
			if scope.Badge != "" {
				m.Put(Badge(scope.Badge, Warn))
			}
			m.Add(`</span> `)
			if scope.Text != "" {
				m.Add(`<small>`).Text(scope.Text).Add(`</small>`)
			}
			m.Add(`</label>`)
		}
	}
}

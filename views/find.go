package views

import (
	"strconv"
	"strings"

	"latchkey/internal/console"
)

// FindProps is what a search for anything came upon.
type FindProps struct {
	Text  string
	Found console.Found
	// Pages are those of the console that match.
	Pages  []FoundPage
	Reader Reader
}

// FoundPage is a page of the console.
type FoundPage struct{ Icon, Label, Href string }

// foundGroup is what was found of one kind.
type foundGroup struct {
	id, label string
	items     []foundItem
}

// foundItem is one thing that was found.
type foundItem struct {
	icon, tone, label, note, href string
}

// FindTargetID is the element that holds what is found while somebody types.
const FindTargetID = "find-results"

// groups are what was found, by kind; those without anything are left out.
func (p FindProps) groups() []foundGroup {
	tokens := foundGroup{id: "tokens", label: "Tokens"}
	for _, t := range p.Found.Tokens {
		status := tokenStatus(t, p.Reader)
		tokens.items = append(tokens.items, foundItem{
			icon: "st-" + status, tone: "i-" + statusIcon(status), label: t.Name, note: console.Status(status).Label() + " · " + belongsTo(t), href: TokenPath("", t.GUID),
		})
	}
	if p.Found.More {
		tokens.items = append(tokens.items, foundItem{icon: "list", label: "All tokens with “" + p.Text + "” in their name", href: TokensThatPath("q", p.Text)})
	}
	repositories := foundGroup{id: "repositories", label: "Repositories"}
	for _, r := range p.Found.Repositories {
		item := foundItem{icon: "database", label: r.Name, note: "Repository", href: RepositoryPath(r.Name)}
		if r.Kind == console.KindView {
			item.icon, item.note = "layers", "View"
		}
		repositories.items = append(repositories.items, item)
	}
	people := foundGroup{id: "people", label: "People"}
	for _, user := range p.Found.People {
		people.items = append(people.items, foundItem{icon: "circle-user", label: user.Name, note: user.Role.Label() + " · " + user.Email, href: PersonPath(user.GUID)})
	}
	pages := foundGroup{id: "pages", label: "Pages"}
	for _, page := range p.Pages {
		pages.items = append(pages.items, foundItem{icon: page.Icon, label: page.Label, href: page.Href})
	}
	var groups []foundGroup
	for _, group := range []foundGroup{tokens, repositories, people, pages} {
		if len(group.items) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// finding says how many things were found.
func (p FindProps) finding() string {
	n := 0
	for _, group := range p.groups() {
		n += len(group.items)
	}
	if n == 0 {
		return "Nothing has “" + p.Text + "” in its name."
	}
	return plural(n, "result", "results")
}

// statusIcon is the colour of a status's glyph.
func statusIcon(status string) string {
	switch status {
	case string(console.StatusActive):
		return "ok"
	case "expiring":
		return "warn"
	case string(console.StatusScheduled):
		return "info"
	case string(console.StatusRevoked):
		return "bad"
	}
	return "mute"
}

// PagesFor are the pages of the console that somebody may open, in the order of
// the menu, whose names or purposes have all words of a text.
func PagesFor(who console.Principal, text string) []FoundPage {
	pages := []struct {
		FoundPage
		purpose string
		may     bool
	}{
		{FoundPage{"layout-dashboard", "Overview", HomePath()}, "home start status", true},
		{FoundPage{"key-round", "Tokens", TokensPath("")}, "keys api", true},
		{FoundPage{"plus", "New token", NewTokenPath("")}, "create add make", who.MaySomewhere(console.TokenWrite)},
		{FoundPage{"search-check", "Find by secret", FindTokenPath()}, "which leaked token string", who.MaySomewhere(console.TokenRead)},
		{FoundPage{"database", "Repositories", RepositoriesPath()}, "views", true},
		{FoundPage{"webhook", "Connect", ConnectPath()}, "gateway nginx caddy traefik envoy haproxy apache", who.MaySomewhere(console.RepositoryRead)},
		{FoundPage{"terminal", "API", APIPath()}, "graphql explorer examples", true},
		{FoundPage{"scroll-text", "Audit log", AuditPath()}, "history events who did", who.May(console.AuditRead)},
		{FoundPage{"users", "Access", PeoplePath()}, "people roles members scopes", who.May(console.UserRead)},
		{FoundPage{"shield", "Scopes", ScopesPath()}, "permissions catalogue", who.May(console.ScopeRead)},
		{FoundPage{"network", "IP filters", IPFiltersPath()}, "addresses allow deny", who.May(console.IPFilterRead)},
		{FoundPage{"settings", "Settings", SettingsPath()}, "organization sessions retention", who.May(console.SettingsRead)},
		{FoundPage{"scale", "Policies", PoliciesPath()}, "settings maximum lifetime", who.May(console.PolicyRead)},
		{FoundPage{"circle-user", "Your account", AccountPath()}, "password passkey codes sessions", true},
		{FoundPage{"sliders-horizontal", "Preferences", PreferencesPath()}, "theme time zone", true},
	}
	var found []FoundPage
	words := console.Words(text)
	for _, page := range pages {
		has := page.may && len(words) > 0
		for _, word := range words {
			has = has && strings.Contains(" "+console.Fold(page.Label+" "+page.purpose), " "+word)
		}
		if has {
			found = append(found, page.FoundPage)
		}
	}
	return found
}

// findID is the id of what was found.
func findID(group foundGroup, i int) string { return "find-" + group.id + "-" + strconv.Itoa(i) }

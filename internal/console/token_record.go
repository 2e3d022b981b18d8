package console

import (
	"strings"
	"time"
)

// TimeText is a time in a record: RFC 3339 in UTC, empty for zero.
func TimeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// Token is the record that actor makes of n at now, still without the names of
// what it belongs to.
func (n NewToken) Token(actor Principal, now time.Time) Token {
	return Token{
		GUID: n.GUID, Type: n.Type, Name: n.Name, Description: n.Description, Scopes: n.Scopes, Assets: n.Assets,
		ValidFrom: n.ValidFrom, ValidTo: n.ValidTo,
		CreatedAt: now, UpdatedAt: now, Creator: actor.Ref(), Version: 1,
	}
}

// Fields are the values of t that a record of its changes tells.
func (t Token) Fields() []Change {
	names := make([]string, len(t.Repositories))
	for i, r := range t.Repositories {
		names[i] = r.Name
	}
	return []Change{
		{Field: "type", New: string(t.Type)},
		{Field: "name", New: t.Name},
		{Field: "description", New: t.Description},
		{Field: "scopes", New: strings.Join(t.Scopes, " ")},
		{Field: "repositories", New: strings.Join(names, " ")},
		{Field: "assets", New: grantsText(t.Assets)},
		{Field: "valid_from", New: TimeText(t.ValidFrom)},
		{Field: "valid_to", New: TimeText(t.ValidTo)},
		{Field: "owner", New: t.Owner.Name},
		{Field: "ip_filter", New: t.IPFilter.Name},
		{Field: "disabled_at", New: TimeText(t.DisabledAt)},
		{Field: "disabled_until", New: TimeText(t.DisabledUntil)},
	}
}

// ChangesFrom is what t changed of before, as a record tells it. Where one owner
// followed another of the same name, their GUIDs tell them apart.
func (t Token) ChangesFrom(before Token) []Change {
	changes := Changes(before.Fields(), t.Fields())
	if t.Owner.GUID != before.Owner.GUID && t.Owner.Name == before.Owner.Name {
		changes = append(changes, Change{Field: "owner", Old: before.Owner.told(), New: t.Owner.told()})
	}
	return changes
}

// told is who it is, beyond doubt.
func (p PersonRef) told() string { return strings.TrimSpace(p.Name + " (" + string(p.GUID) + ")") }

// AsNew is what a token like t would be made from.
func (t Token) AsNew() NewToken {
	n := NewToken{
		GUID: t.GUID, Type: t.Type, Name: t.Name, Description: t.Description, Scopes: t.Scopes, Assets: t.Assets,
		ValidFrom: t.ValidFrom, ValidTo: t.ValidTo, Owner: t.Owner.GUID, IPFilter: t.IPFilter.GUID,
	}
	for _, r := range t.Repositories {
		n.Repositories = append(n.Repositories, r.GUID)
	}
	return n
}

package views

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// SingleSignOnProps is the page of the providers at which people may sign in.
type SingleSignOnProps struct {
	Tabs      AccessTabs
	Providers []ProviderCard
}

// ProviderCard is one provider.
type ProviderCard struct {
	Report console.ProviderReport
	// Callback is the address to register there.
	Callback string
}

// newcomers says what becomes of somebody who signs in for the first time.
func (p ProviderCard) newcomers() string {
	settings := p.Report.Provider
	var parts []string
	if settings.LinkByEmail {
		parts = append(parts, "Get the account that has their verified address.")
	}
	switch {
	case settings.Create && settings.LinkByEmail:
		parts = append(parts, "If there is none, one is made.")
	case settings.Create:
		parts = append(parts, "Get an account of their own.")
	case !settings.LinkByEmail:
		parts = append(parts, "Are refused: accounts are neither made nor linked.")
	default:
		parts = append(parts, "If there is none, they are refused.")
	}
	return strings.Join(parts, " ")
}

// groups says what groups mean.
func (p ProviderCard) groups() string {
	if p.Report.Provider.Mapping == nil {
		return "Not used. Roles, repositories and scopes are set by people."
	}
	return "Read from the claim “" + p.Report.Provider.GroupsClaim + "” at every sign-in. People in none of these are refused."
}

// groupLabel is how a group of a mapping reads.
func groupLabel(name string) string {
	if name == console.Everybody {
		return "Everybody"
	}
	return name
}

// groupWords is what a group gives, in a sentence.
func groupWords(e console.Entitlement) string {
	var parts []string
	if e.Role != "" {
		parts = append(parts, e.Role.Label())
	}
	for _, role := range console.MemberRoles {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(e.Repositories)) {
			if e.Repositories[name] == role {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, string(role)+" of "+strings.Join(names, ", "))
		}
	}
	if len(e.Scopes) > 0 {
		parts = append(parts, "holds "+strings.Join(e.Scopes, ", "))
	}
	text := cmp.Or(strings.Join(parts, "; "), "may sign in")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// IdentitiesProps is who somebody is at providers.
type IdentitiesProps struct {
	User       console.User
	Identities []console.Identity
	// Labels are what people call providers, by issuer.
	Labels map[string]string
	Reader Reader
	// Own is whether the reader is that person.
	Own, CanWrite bool
}

func (p IdentitiesProps) label(i console.Identity) string {
	return cmp.Or(p.Labels[i.Issuer], i.Issuer)
}

func (p IdentitiesProps) title() string {
	if p.Own {
		return "How you sign in"
	}
	return "How " + p.User.Name + " signs in"
}

// Deletion asks whether to unlink the identity with that id. It reports false
// if there is none.
func (p IdentitiesProps) Deletion(id string) (IdentityDeletionProps, bool) {
	for _, identity := range p.Identities {
		if identity.ID() == id {
			return IdentityDeletionProps{User: p.User, Identity: identity, Label: p.label(identity), Own: p.Own}, true
		}
	}
	return IdentityDeletionProps{}, false
}

// IdentityDeletionProps asks whether to unlink an identity.
type IdentityDeletionProps struct {
	User     console.User
	Identity console.Identity
	Label    string
	Own      bool
	Page     bool
}

func (p IdentityDeletionProps) dialog() ui.DialogProps {
	text := p.User.Name + " can’t sign in to this account with " + p.Label + " any more. Sessions that have begun go on."
	if p.Own {
		text = "You can’t sign in to this account with " + p.Label + " any more. Sessions that have begun go on."
	}
	return ui.DialogProps{
		Title: "Unlink " + p.Label + "?", Text: text, Icon: "link", Tone: ui.Bad, Size: "sm", Alert: true,
		Page: p.Page, Back: IdentitiesPath(p.User.GUID), Return: identityLinkID(p.Identity),
	}
}

func (p IdentityDeletionProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "identity-deletion-form", Action: IdentityDeletionPath(p.User.GUID, p.Identity.ID())}, p.Page)
}

// identityLinkID is the id of the link that asks about an identity.
func identityLinkID(i console.Identity) string { return "unlink-" + i.ID() }

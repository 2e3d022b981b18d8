package views

import (
	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// DashboardLinksPath makes a link to a dashboard by POST.
func DashboardLinksPath(a console.Asset) string { return AssetPath(a) + "/links" }

// NewDashboardLinkPath is the form that makes a link to a dashboard.
func NewDashboardLinkPath(a console.Asset) string { return DashboardLinksPath(a) + "/new" }

// DashboardLinkDeletionPath asks whether to delete a link, and does so by POST.
func DashboardLinkDeletionPath(a console.Asset, link console.GUID) string {
	return DashboardLinksPath(a) + "/" + string(link) + "/deletion"
}

// DashboardLinkPath changes a link by POST.
func DashboardLinkPath(a console.Asset, link console.GUID) string {
	return DashboardLinksPath(a) + "/" + string(link)
}

// DashboardLinkEditPath is the form that changes a link.
func DashboardLinkEditPath(a console.Asset, link console.GUID) string {
	return DashboardLinkPath(a, link) + "/edit"
}

func linkNote(l console.DashboardLink, r Reader) string {
	text := "Made by " + l.Creator.Name + " on " + r.Date(l.CreatedAt)
	if l.Ownership == console.OwnershipOrganization {
		text += ", queries run as the organization"
	}
	if l.IPFilter.GUID != "" {
		text += ", IP filter " + l.IPFilter.Name
	}
	return text
}

// DashboardLinkFormProps is the form of a new link, as typed so far.
type DashboardLinkFormProps struct {
	Repository console.Repository
	Asset      console.Asset
	New        NewSecretProps
	Name       string
	Ownership  string
	Page       bool
}

func (p DashboardLinkFormProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "New link to " + p.Asset.Name, Text: "Whoever has the link sees this dashboard, and nothing else.", Page: p.Page, Back: AssetPath(p.Asset), Return: "new-link"}
}

func (p DashboardLinkFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	return focusFirst(p.New.Errors, name, attrs, "name", "ownership", "valid_to", "ip_filter")
}

// LinkState is in a sentence what can be changed of a link, as it is.
func LinkState(l console.DashboardLink) string {
	text := "Its queries now run as " + lowered(l.Ownership.Label()) + ", "
	if l.IPFilter.GUID == "" {
		return text + "and it has no IP filter."
	}
	return text + "and its IP filter is " + l.IPFilter.Name + "."
}

// DashboardLinkEditProps is the form that changes a link, as typed so far.
type DashboardLinkEditProps struct {
	Repository          console.Repository
	Link                console.DashboardLink
	Ownership, IPFilter string
	IPFilters           []ui.Option
	FilterRequired      bool
	Version             int
	Errors              map[string]string
	Changed             string
	Page                bool
}

func linkEditID(guid console.GUID) string     { return "edit-" + string(guid) }
func linkDeletionID(guid console.GUID) string { return "delete-" + string(guid) }

func (p DashboardLinkEditProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Edit the link " + p.Link.Name, Text: "A change applies when the link is next opened. Its end stays.",
		Page: p.Page, Back: AssetPath(p.Link.Dashboard), Return: linkEditID(p.Link.GUID),
	}
}

func (p DashboardLinkEditProps) asForm() TokenFormProps {
	return TokenFormProps{IPFilter: p.IPFilter, IPFilters: p.IPFilters, FilterRequired: p.FilterRequired, Errors: p.Errors}
}

func (p DashboardLinkEditProps) focus() templ.Attributes {
	if p.Changed != "" {
		return nil
	}
	return focusFirst(p.Errors, "ownership", nil, "ownership", "ip_filter")
}

func ownerships() []ui.Option {
	options := make([]ui.Option, len(console.QueryOwnerships))
	for i, o := range console.QueryOwnerships {
		options[i] = ui.Option{Value: string(o), Label: o.Label()}
	}
	return options
}

// DashboardLinkDeletionProps asks whether to delete a link.
type DashboardLinkDeletionProps struct {
	Link   console.DashboardLink
	Reader Reader
	Page   bool
}

func (p DashboardLinkDeletionProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Delete the link " + p.Link.Name + "?", Text: "It stops working at once. Its audit entries stay.",
		Icon: "trash-2", Tone: ui.Bad, Size: "sm", Alert: true, Page: p.Page, Back: AssetPath(p.Link.Dashboard), Return: linkDeletionID(p.Link.GUID),
	}
}

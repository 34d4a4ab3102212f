// SPDX-License-Identifier: Apache-2.0

package lawful

// Channels.
const (
	ChannelEmail         = "email"
	ChannelSMS           = "sms"
	ChannelPhone         = "phone"          // a person calls
	ChannelAutomatedCall = "automated_call" // a machine calls
	ChannelPost          = "post"
	ChannelPush          = "push"
	ChannelMessaging     = "messaging"
	ChannelWeb           = "web"
	ChannelSocial        = "social"
	ChannelInPerson      = "in_person"
)

// Channels lists them, as the API names them.
func Channels() []string {
	return []string{
		ChannelEmail, ChannelSMS, ChannelPhone, ChannelAutomatedCall, ChannelPost,
		ChannelPush, ChannelMessaging, ChannelWeb, ChannelSocial, ChannelInPerson,
	}
}

// Reaches tells whether a channel can reach a person by a kind of identifier.
func Reaches(channel, kind string) bool {
	switch channel {
	case ChannelEmail:
		return kind == IDEmail
	case ChannelSMS, ChannelPhone, ChannelAutomatedCall, ChannelMessaging:
		return kind == IDPhone
	case ChannelPost:
		return kind == IDAddress
	case ChannelPush, ChannelWeb:
		return kind == IDDevice
	case ChannelSocial:
		return kind == IDEmail || kind == IDPhone || kind == IDSource
	case ChannelInPerson:
		return true
	}
	return false
}

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
func Reaches(channel, kind string) bool { return reaches(channel, kind) }

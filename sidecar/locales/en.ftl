# The texts of the pages, in English. src/locale/message.rs lists them with their arguments.
# For readers who are no engineers: say what happens and what to do.

## Signing in

sign-in-title = Sign in
sign-in-to = Sign in to { $server }
sign-in-for = After you have signed in, you decide on the next page whether { $client } gets access.
user-name = User name
password = Password
sign-in = Sign in
wrong-credentials = The user name or the password is wrong.
too-many-attempts = There were too many attempts. Try again in { $when }.
too-many-people = Too many people are signing in at the moment. Try again.
outdated = What you sent was out of date and was not used. This page is the current one.

## Consent

consent-title = Allow access?
consent-question = Allow { $client } to use { $server }?
# Stands inside sentences, in the place of an application’s name.
unnamed-application = an unnamed application
by-operator = The operator of this server registered the application.
verified = Verified: the application is published by { $host }, and access is given to that address.
described-elsewhere = The application is described at { $host }, but access would be given to another address, which nobody has checked. Allow access only if you know the address below.
unverified = Anyone can use this name, and nobody has checked it. Allow access only if you know the address below.
returns-to = Access is given to
on-this-device = an application on this device ({ $place })
opens-on-this-device = the application on this device that opens links with { $scheme }
asks-to-use = Server
signed-in-as = You are signed in as
permissions = It asks for these permissions
# A scope, first in words and then as the server writes it.
scope-in-words = { $words } ({ $scope })
scope-profile = see your name
scope-email = see your e-mail address
always-required = { $scope }, always required
loopback-warning = The application runs on this device, and nothing proves which application it is.
private-use-warning = Your answer opens an application on this device. Any application can claim such links, and nothing proves which one it is.
provider-next = If you allow access, you sign in at { $host } next. There you can also choose another account.
did-you-start = Allow access only if you have just started this connection yourself. If somebody sent you a link to this page, choose “{ deny }”.
another-account = Use another account
allow = Allow
deny = Deny

## Connections

sign-in-for-connections = You then see which applications have access on your behalf, and can end their access.
sign-in-at = You sign in at { $host } next.
connections-on-the-way = You are being taken to your connections.
connections-title = Your connections
connections-count = Your connections ({ $count })
connections-shown = This page shows { $first } to { $last } of { $count }, the newest first.
connections-purpose = These applications have access to { $server } on your behalf. End the connections that you do not use or do not know.
no-connections = No application has access on your behalf.
connection-of = Connection of { $client }
# Stands inside sentences, in the place of an application’s name.
removed-application = a removed application
only-described = The application is described at { $host }, but access was given to another address, which nobody has checked.
own-name = Nobody has checked the name of this application.
connected-since = Connected since
last-used = Last used
not-known = Not known
seen-from = { $when }, from the network { $network }
granted-permissions = Permissions
end-connection = End the connection of { $client }
end-all = End all connections and tokens, and sign out elsewhere
end-all-title = End all connections and tokens, and sign out elsewhere?
end-all-connections = { $count ->
    [one] { $count } connection of an application to { $server } will end.
   *[other] { $count } connections of applications to { $server } will end.
 }
end-all-tokens = { $count ->
    [one] { $count } personal access token will end.
   *[other] { $count } personal access tokens will end.
 }
end-all-sessions = { $count ->
    [one] You will be signed out in { $count } other browser.
   *[other] You will be signed out in { $count } other browsers.
 }
end-all-words = What ends will be refused within { $when }. Applications that you want to keep have to be connected again, and tokens created again.
ended-one = The connection has ended. The application may still have access for up to { $when }.
ended-all = All connections and personal access tokens have ended, and you are signed out in every other browser. What has ended may still work for up to { $when }.
ended-before = This connection had already ended.
older = Older connections
newer = Newer connections
download-json = Download as JSON
sign-out = Sign out
signed-out-title = You are signed out
signed-out-words = Your applications keep their access.
nothing-done = Nothing was changed, because you had been signed out. Sign in and try again.
cancel = Cancel
try-again = Try again

## Personal access tokens

personal-title = Personal access tokens
personal-purpose = With such a token, a script or an application that cannot sign in uses { $server } on your behalf. Whoever has a token has the access that it gives, so keep it like a password.
no-personal-tokens = You have no personal access token.
personal-token-of = Token { $name }
token-made = Created
token-ends = Ends by itself
end-token = End the token { $name }
ended-token = The token has ended. It may still work for up to { $when }.
older-tokens = Older tokens
newer-tokens = Newer tokens
new-token = Create a token
new-token-title = Create a personal access token
token-name = What is the token for?
token-days = Days until it ends (at most { $count })
create-token = Create the token
token-created-title = Your new token
token-shown-once = Copy the token now: it is shown only once. Store it where you store passwords.
token-header = Send it in this header with each request
token-try = To try it, type in a terminal
token-made-before = This form has already created a token, and a token is shown only once. If you did not copy it, end it and create another one.
tokens-too-many = { $count ->
    [one] You have { $count } token, which is the most. End one that you do not need.
   *[other] You have { $count } tokens, which is the most. End one that you do not need.
 }
tokens-too-many-ended = You have ended too many tokens early. You can create one again when some of them would have ended by themselves.
token-name-missing = Write a short name that says what the token is for.
token-days-wrong = { $count ->
    [one] The token can live for { $count } day.
   *[other] The token can live for 1 to { $count } days.
 }
token-too-long = With these permissions the token would be too long. Choose fewer.
tokens-without-list = No token can be created at the moment, because this server could not end it. Your administrator can find out why.
tokens-off = This server does not offer personal access tokens.
back-to-connections = Back to your connections
## Your account

sign-in-for-account = You then see how you sign in, and can change it.
account-title = Your account
account-open = Password and account
present-password = Current password
new-password = New password, at least { $count } characters
repeat-password = New password once more
change-password = Change the password
password-change-effect = You will be signed out in every other browser. Your applications keep their access.
password-by-administrator = Only your administrator can change your password.
password-changed = Your password was changed, and you are signed out in every other browser. Your applications keep their access.
present-password-wrong = The current password is wrong.
passwords-differ = The two new passwords are not the same. Type them again.
password-same = The new password is the present one. Choose another one.
password-short = The new password has fewer than { $count } characters. Choose a longer one.
password-guessable = The new password is easy to guess: it consists mostly of common words, names, repetitions or sequences. Choose another one, such as several words that do not belong together.
password-not-written = The password was not changed, because this server cannot save it. Your administrator can find out why.

## The second factor

second-factor-title = Enter a code
second-factor-prompt = Type the six digits that your authenticator app shows. If you do not have it any more, type one of your recovery codes.
code = Code
code-wrong = The code is wrong, or it was used before. Type the next one that the app shows.
second-factor = Code from an app
second-factor-off = Your password needs no code. If you set this up, you also need a code from an app on your phone, so that nobody can sign in who only knows your password.
second-factor-demanded = Your administrator requires it, so you cannot turn it off. If you lose your phone, your administrator can reset it.
second-factor-turned-off = Turned off. You sign in with your password alone.
turn-off = Turn off
set-up = Set up
set-up-title = Set up a code from an app
set-up-required = To sign in to this server, you need a code from an app on your phone in addition to your password. Set it up now.
set-up-how = Scan this picture with an authenticator app on your phone, or type the key into it. Then type the six digits that it shows.
set-up-picture = QR code for your authenticator app
set-up-key = Key
set-up-open = Open in an app on this device
set-up-code = Code that the app shows
set-up-effect = You will be signed out in every other browser. Your applications keep their access.
set-up-since = Set up on
recovery-title = Your recovery codes
recovery-words = If you lose your phone, you can sign in with one of these codes. Each of them works once. Keep them in a safe place: they will not be shown again.
recovery-codes = Recovery codes
recovery-codes-left = { $count ->
    [one] { $count } code left
   *[other] { $count } codes left
 }
recovery-codes-new = To get new recovery codes, turn it off and set it up again.

## Passkeys

passkey-sign-in = Sign in with a passkey
passkey-failed = You were not signed in with a passkey. Try again, or sign in with your password.
passkeys = Passkeys
passkeys-what = With a passkey, you sign in with your fingerprint, your face or the PIN of your device. You then need neither your password nor a code.
passkey-name = What do you call this passkey? For example, name the device.
passkey-called = Name
passkey-host = For
passkey-added-on = Added on
not-used = Not yet
passkey-remove = Remove { $name }
passkey-add = Add a passkey
passkey-how = First show that it is you. Your browser then asks you to unlock your device, and stores the passkey there.
passkey-next = Your browser now asks you to unlock your device.
passkey-make = Create the passkey
passkey-unsupported = This browser cannot create passkeys here. Use another browser, or allow JavaScript for this page.
passkey-not-added = The passkey was not added. Try again, or use another device.
passkey-added = The passkey was added. From now on you can sign in with it.
passkey-removed = The passkey was removed. You can delete it on your device, too.
passkey-name-missing = Write a short name by which you recognise the passkey.
passkeys-too-many = You cannot add another passkey here. You can have at most { $count }; remove one that you do not need.

## On the way

continue-hint = If nothing happens, continue here:
continue = Continue
allowed-title = Access allowed
denied-title = You denied access
login-over-title = This sign-in has ended
login-over-words = You can close this window. If you had allowed access before, you can end it with your connections.
signed-in-title = Signed in
back-on-the-way = You are being taken back to the application.
close-hint = When the application has opened, you can close this page.
provider-title = Taking you to the sign-in
provider-on-the-way = You are being taken to { $host }, where you sign in.

## A login that ended without access

no-access-title = No access
not-now-title = Sign-in is not possible now
not-signed-in-title = You are not signed in
back-to-application = Back to the application
reason-for-administrator = Reason code for your administrator
you-signed-in-as = You signed in as
provider-not-set-up = This server and your identity provider are not configured to work together. Trying again will not help until your administrator has changed the configuration.
provider-unverified = The response of the identity provider could not be verified, so you were not signed in. Your administrator can find out why.
provider-unavailable = Your identity provider does not respond at the moment. Go back and try again in a few minutes.
provider-denied = The sign-in was cancelled, or your identity provider did not allow it. You can go back and try again.
provider-incomplete = Your identity provider did not complete the sign-in, perhaps because it took too long. Go back and try again.
rules-missing = It is not configured yet who may use this server. Your administrator has to configure that.
not-in-directory = Your account does not belong to an organisation that may use this server.
not-managed = Your account is not managed by an organisation that may use this server, although its address suggests it.
not-listed = Your account is not on the list of users who may use this server.
email-not-verified = Only users with a verified e-mail address may use this server, and your identity provider does not confirm that yours is verified.
email-elsewhere = Your e-mail address does not belong to an organisation that may use this server.
not-in-group = You are in none of the groups that may use this server.

## How to connect

connect-title = How to connect
connect-to = Connect to { $server }
connect-what = Applications such as Claude, ChatGPT or VS Code can use this server. Add this address in your application:
connect-address = Address
connect-next = Your browser then opens a page of this server. There you sign in and allow or deny access.
connect-in = In { $client }
connect-menu = Choose { $menu } and paste the address.
connect-command = Type in a terminal
connect-file = Add to the file { $file }
connect-other = In another application
connect-other-way = Add an MCP server of the type “Streamable HTTP” or “HTTP” and paste the address. You need no key.
connect-see = See what is connected

## Errors

failure-title = This did not work
failure-general = The sign-in request could not be completed. Go back to the application and try to connect again.
failure-ours = This server cannot respond at the moment. Try again in a few minutes.
failure-too-many = There were too many requests. Try again in { $when }.
reason-code = Reason code
details = Details
requested = Requested
registered = Registered
client-missing = The application did not identify itself.
client-repeated = The application gave two different values for its identity or for the address to send you back to.
operator-must-set-rules = It is not configured yet who has access here. The operator of this server has to set allowedUsers, allowedEmailDomains or allowedGroups, and allowedTenants if users of any Entra ID directory can sign in.
client-unknown = This server does not know the application. Remove the connection in the application and add it again, so that it registers again.
client-unreachable = This server cannot reach { $host }, which publishes the description of the application. Try again in a moment. If the problem persists, tell the operator of this server.
client-unreadable = This server could not read the document that describes the application, or does not accept it.
login-unknown = This sign-in has ended. Perhaps it was started in another browser, or your browser does not accept cookies. Go back to the application and try to connect again.
redirect-missing = The application did not say which address to send you back to, and it has not registered exactly one.
redirect-private-use = The application asks to send you back to an address of a kind that this server does not accept. The operator of this server can allow it: see BOUNCER_REDIRECT_SCHEMES in the documentation.
redirect-host = The application asks to send you back to an address that this server does not allow. The operator of this server can allow it: see allowedRedirectHosts in the documentation.
redirect-unregistered = The application asks to send you back to an address that it has not registered. Nothing was shared. You can close this page.
clock-skew = The clocks of the proxy and the authorization server differ by more than a minute. The operator of this server has to correct them.
foreign-form = This form was not sent from a page of this server. Go back to the application and try to connect again.
origin-hidden = Your browser did not say which page this form was sent from. Try another browser or a newer one. If that does not help, tell the administrator of this server that a proxy adds the header Referrer-Policy: no-referrer to its pages.

## Links to the operator’s own pages

support = Help
imprint = Legal notice
privacy = Privacy

## Dates and times

# All of a moment in UTC. The hour and the minute have two digits.
moment = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
 } { $day }, { $year }, { $hour }:{ $minute } UTC
# How long. The texts around it say “in”, “within” or “for up to”.
in-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
 }
in-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
in-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
 }
in-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }

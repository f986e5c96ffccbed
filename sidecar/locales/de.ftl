# Die Texte der Seiten auf Deutsch, in der Sie-Form.

## Signing in

sign-in-title = Anmelden
sign-in-to = Bei { $server } anmelden
sign-in-for = Nachdem Sie sich angemeldet haben, entscheiden Sie auf der nächsten Seite, ob { $client } Zugriff bekommt.
user-name = Benutzername
password = Passwort
sign-in = Anmelden
wrong-credentials = Der Benutzername oder das Passwort ist falsch.
too-many-attempts = Es gab zu viele Versuche. Versuchen Sie es { $when } noch einmal.
too-many-people = Im Moment melden sich zu viele Personen an. Versuchen Sie es noch einmal.
outdated = Was Sie abgeschickt haben, war veraltet und wurde nicht verwendet. Diese Seite ist die aktuelle.

## Consent

consent-title = Zugriff erlauben?
consent-question = Darf { $client } auf { $server } zugreifen?
unnamed-application = eine Anwendung ohne Namen
by-operator = Der Betreiber dieses Servers hat die Anwendung registriert.
verified = Überprüft: Die Anwendung wird von { $host } veröffentlicht, und der Zugriff geht an diese Adresse.
described-elsewhere = Die Anwendung ist bei { $host } beschrieben, aber der Zugriff ginge an eine andere Adresse, die niemand überprüft hat. Erlauben Sie den Zugriff nur, wenn Sie die Adresse unten kennen.
unverified = Jeder kann diesen Namen verwenden, und niemand hat ihn überprüft. Erlauben Sie den Zugriff nur, wenn Sie die Adresse unten kennen.
returns-to = Der Zugriff geht an
on-this-device = eine Anwendung auf diesem Gerät ({ $place })
opens-on-this-device = die Anwendung auf diesem Gerät, die Links mit { $scheme } öffnet
asks-to-use = Server
signed-in-as = Sie sind angemeldet als
permissions = Die Anwendung bittet um diese Berechtigungen
scope-in-words = { $words } ({ $scope })
scope-profile = Ihren Namen sehen
scope-email = Ihre E-Mail-Adresse sehen
always-required = { $scope }, immer erforderlich
loopback-warning = Die Anwendung läuft auf diesem Gerät, und nichts beweist, welche Anwendung es ist.
private-use-warning = Die Antwort öffnet eine Anwendung auf diesem Gerät. Jede Anwendung kann solche Links beanspruchen, und nichts beweist, welche es ist.
provider-next = Wenn Sie den Zugriff erlauben, melden Sie sich als Nächstes bei { $host } an. Dort können Sie auch ein anderes Konto wählen.
did-you-start = Erlauben Sie den Zugriff nur, wenn Sie diese Verbindung gerade selbst begonnen haben. Wenn Ihnen jemand einen Link zu dieser Seite geschickt hat, wählen Sie „{ deny }“.
another-account = Anderes Konto verwenden
allow = Erlauben
deny = Ablehnen

## Connections

sign-in-for-connections = Danach sehen Sie, welche Anwendungen in Ihrem Namen Zugriff haben, und können den Zugriff beenden.
sign-in-at = Als Nächstes melden Sie sich bei { $host } an.
connections-on-the-way = Sie werden zu Ihren Verbindungen gebracht.
connections-title = Ihre Verbindungen
connections-count = Ihre Verbindungen ({ $count })
connections-shown = Diese Seite zeigt { $first } bis { $last } von { $count }, die neuesten zuerst.
connections-purpose = Diese Anwendungen haben in Ihrem Namen Zugriff auf { $server }. Beenden Sie, was Sie nicht benutzen oder nicht kennen.
no-connections = Keine Anwendung hat in Ihrem Namen Zugriff.
connection-of = Verbindung: { $client }
removed-application = eine gelöschte Anwendung
only-described = Die Anwendung ist bei { $host } beschrieben, aber der Zugriff ging an eine andere Adresse, die niemand überprüft hat.
own-name = Niemand hat den Namen dieser Anwendung überprüft.
connected-since = Verbunden seit
last-used = Zuletzt benutzt
not-known = Nicht bekannt
seen-from = { $when }, aus dem Netz { $network }
granted-permissions = Berechtigungen
end-connection = Verbindung beenden: { $client }
end-all = Alle Verbindungen und Token beenden und mich anderswo abmelden
end-all-title = Alle Verbindungen und Token beenden und mich anderswo abmelden?
end-all-connections = { $count ->
    [one] { $count } Verbindung einer Anwendung mit { $server } endet.
   *[other] { $count } Verbindungen von Anwendungen mit { $server } enden.
 }
end-all-tokens = { $count ->
    [one] { $count } persönliches Zugriffstoken endet.
   *[other] { $count } persönliche Zugriffstoken enden.
 }
end-all-sessions = { $count ->
    [one] Sie werden in { $count } anderen Browser abgemeldet.
   *[other] Sie werden in { $count } anderen Browsern abgemeldet.
 }
end-all-words = Was endet, wird spätestens { $when } abgewiesen. Anwendungen, die Sie behalten wollen, müssen neu verbunden werden, und Token neu erstellt.
ended-one = Die Verbindung ist beendet. Die Anwendung hat vielleicht noch Zugriff, aber spätestens { $when } nicht mehr.
ended-all = Alle Verbindungen und persönlichen Zugriffstoken sind beendet, und Sie sind in jedem anderen Browser abgemeldet. Was beendet ist, funktioniert vielleicht noch, aber spätestens { $when } nicht mehr.
ended-before = Diese Verbindung war schon beendet.
older = Ältere Verbindungen
newer = Neuere Verbindungen
download-json = Als JSON herunterladen
sign-out = Abmelden
signed-out-title = Sie sind abgemeldet
signed-out-words = Ihre Anwendungen behalten ihren Zugriff.
nothing-done = Es wurde nichts geändert, weil Sie abgemeldet waren. Melden Sie sich an und versuchen Sie es noch einmal.
cancel = Abbrechen
try-again = Noch einmal versuchen

## Personal access tokens

personal-title = Persönliche Zugriffstoken
personal-purpose = Mit einem solchen Token benutzt ein Skript oder eine Anwendung, die sich nicht anmelden kann, { $server } in Ihrem Namen. Wer ein Token hat, hat den Zugriff, den es gibt. Behandeln Sie es wie ein Passwort.
no-personal-tokens = Sie haben kein persönliches Zugriffstoken.
personal-token-of = Token: { $name }
token-made = Erstellt
token-ends = Endet von selbst
end-token = Token beenden: { $name }
ended-token = Das Token ist beendet. Es funktioniert vielleicht noch, aber spätestens { $when } nicht mehr.
older-tokens = Ältere Token
newer-tokens = Neuere Token
new-token = Token erstellen
new-token-title = Persönliches Zugriffstoken erstellen
token-name = Wofür ist das Token?
token-days = Tage, bis es endet (höchstens { $count })
create-token = Das Token erstellen
token-created-title = Ihr neues Token
token-shown-once = Kopieren Sie das Token jetzt: Es wird nur einmal gezeigt. Bewahren Sie es dort auf, wo Sie Passwörter aufbewahren.
token-header = Senden Sie es mit jeder Anfrage in diesem Header
token-try = Um es auszuprobieren, geben Sie in einem Terminal ein
token-made-before = Dieses Formular hat schon ein Token erstellt, und ein Token wird nur einmal gezeigt. Wenn Sie es nicht kopiert haben, beenden Sie es und erstellen Sie ein neues.
tokens-too-many = { $count ->
    [one] Sie haben { $count } Token, mehr sind nicht möglich. Beenden Sie eines, das Sie nicht brauchen.
   *[other] Sie haben { $count } Token, mehr sind nicht möglich. Beenden Sie eines, das Sie nicht brauchen.
 }
tokens-too-many-ended = Sie haben zu viele Token vorzeitig beendet. Sie können wieder eines erstellen, wenn einige davon von selbst geendet hätten.
token-name-missing = Geben Sie einen kurzen Namen an, der sagt, wofür das Token ist.
token-days-wrong = { $count ->
    [one] Das Token kann { $count } Tag gültig sein.
   *[other] Das Token kann 1 bis { $count } Tage gültig sein.
 }
token-too-long = Mit diesen Berechtigungen wäre das Token zu lang. Wählen Sie weniger.
tokens-without-list = Im Moment kann kein Token erstellt werden, weil dieser Server es nicht beenden könnte. Ihr Administrator kann herausfinden, warum.
tokens-off = Dieser Server bietet keine persönlichen Zugriffstoken an.
back-to-connections = Zurück zu Ihren Verbindungen
## Ihr Konto

sign-in-for-account = Danach sehen Sie, wie Sie sich anmelden, und können es ändern.
account-title = Ihr Konto
account-open = Passwort und Konto
present-password = Aktuelles Passwort
new-password = Neues Passwort, mindestens { $count } Zeichen
repeat-password = Neues Passwort noch einmal
change-password = Passwort ändern
password-change-effect = Sie werden in allen anderen Browsern abgemeldet. Ihre Anwendungen behalten ihren Zugriff.
password-by-administrator = Nur Ihr Administrator kann Ihr Passwort ändern.
password-changed = Ihr Passwort wurde geändert, und Sie sind in allen anderen Browsern abgemeldet. Ihre Anwendungen behalten ihren Zugriff.
present-password-wrong = Das aktuelle Passwort ist falsch.
passwords-differ = Die beiden neuen Passwörter stimmen nicht überein. Geben Sie sie noch einmal ein.
password-same = Das neue Passwort ist das bisherige. Wählen Sie ein anderes.
password-short = Das neue Passwort hat weniger als { $count } Zeichen. Wählen Sie ein längeres.
password-guessable = Das neue Passwort ist leicht zu erraten: Es besteht größtenteils aus häufigen Wörtern, Namen, Wiederholungen oder Folgen. Wählen Sie ein anderes, zum Beispiel mehrere Wörter, die nichts miteinander zu tun haben.
password-not-written = Das Passwort wurde nicht geändert, weil dieser Server es nicht speichern kann. Ihr Administrator kann die Ursache herausfinden.

## Der zweite Faktor

second-factor-title = Code eingeben
second-factor-prompt = Geben Sie die sechs Ziffern ein, die Ihre Authentifizierungs-App zeigt. Wenn Sie die App nicht mehr haben, geben Sie einen Ihrer Wiederherstellungscodes ein.
code = Code
code-wrong = Der Code ist falsch oder wurde schon benutzt. Geben Sie den nächsten ein, den die App zeigt.
second-factor = Code aus einer App
second-factor-off = Zu Ihrem Passwort gehört kein Code. Wenn Sie dies einrichten, brauchen Sie zusätzlich einen Code aus einer App auf Ihrem Telefon. Wer nur Ihr Passwort kennt, kann sich dann nicht anmelden.
second-factor-demanded = Ihr Administrator verlangt dies, deshalb können Sie es nicht ausschalten. Wenn Sie Ihr Telefon verlieren, kann Ihr Administrator es zurücksetzen.
second-factor-turned-off = Ausgeschaltet. Sie melden sich nur mit Ihrem Passwort an.
turn-off = Ausschalten
set-up = Einrichten
set-up-title = Code aus einer App einrichten
set-up-required = Um sich bei diesem Server anzumelden, brauchen Sie neben Ihrem Passwort einen Code aus einer App auf Ihrem Telefon. Richten Sie ihn jetzt ein.
set-up-how = Scannen Sie dieses Bild mit einer Authentifizierungs-App auf Ihrem Telefon, oder geben Sie dort den Schlüssel ein. Geben Sie dann die sechs Ziffern ein, die sie zeigt.
set-up-picture = QR-Code für Ihre Authentifizierungs-App
set-up-key = Schlüssel
set-up-open = In einer App auf diesem Gerät öffnen
set-up-code = Code, den die App zeigt
set-up-effect = Sie werden in allen anderen Browsern abgemeldet. Ihre Anwendungen behalten ihren Zugriff.
set-up-since = Eingerichtet am
recovery-title = Ihre Wiederherstellungscodes
recovery-words = Wenn Sie Ihr Telefon verlieren, können Sie sich mit einem dieser Codes anmelden. Jeder gilt einmal. Bewahren Sie sie sicher auf: Sie werden nicht noch einmal angezeigt.
recovery-codes = Wiederherstellungscodes
recovery-codes-left = { $count ->
    [one] Noch { $count } Code
   *[other] Noch { $count } Codes
 }
recovery-codes-new = Um neue Wiederherstellungscodes zu bekommen, schalten Sie es aus und richten es wieder ein.

## Passkeys

passkey-sign-in = Mit einem Passkey anmelden
passkey-failed = Sie wurden nicht mit einem Passkey angemeldet. Versuchen Sie es noch einmal, oder melden Sie sich mit Ihrem Passwort an.
passkeys = Passkeys
passkeys-what = Mit einem Passkey melden Sie sich mit Ihrem Fingerabdruck, Ihrem Gesicht oder der PIN Ihres Geräts an. Dann brauchen Sie weder Ihr Passwort noch einen Code.
passkey-name = Wie soll dieser Passkey heißen? Nennen Sie zum Beispiel das Gerät.
passkey-called = Name
passkey-host = Für
passkey-added-on = Hinzugefügt am
not-used = Noch nicht
passkey-remove = { $name } entfernen
passkey-add = Passkey hinzufügen
passkey-how = Zeigen Sie zuerst, dass Sie es sind. Danach bittet Ihr Browser Sie, Ihr Gerät zu entsperren, und speichert dort den Passkey.
passkey-next = Ihr Browser bittet Sie jetzt, Ihr Gerät zu entsperren.
passkey-make = Passkey erstellen
passkey-unsupported = Dieser Browser kann hier keine Passkeys erstellen. Verwenden Sie einen anderen Browser, oder erlauben Sie JavaScript für diese Seite.
passkey-not-added = Der Passkey wurde nicht hinzugefügt. Versuchen Sie es noch einmal, oder verwenden Sie ein anderes Gerät.
passkey-added = Der Passkey wurde hinzugefügt. Ab jetzt können Sie sich damit anmelden.
passkey-removed = Der Passkey wurde entfernt. Sie können ihn auch auf Ihrem Gerät löschen.
passkey-name-missing = Schreiben Sie einen kurzen Namen, an dem Sie den Passkey erkennen.
passkeys-too-many = Sie können hier keinen weiteren Passkey hinzufügen. Sie können höchstens { $count } haben; entfernen Sie einen, den Sie nicht brauchen.

## On the way

continue-hint = Wenn nichts geschieht, geht es hier weiter:
continue = Weiter
allowed-title = Zugriff erlaubt
denied-title = Sie haben den Zugriff abgelehnt
login-over-title = Diese Anmeldung ist beendet
login-over-words = Sie können dieses Fenster schließen. Falls Sie den Zugriff vorher erlaubt haben, können Sie ihn bei Ihren Verbindungen beenden.
signed-in-title = Angemeldet
back-on-the-way = Sie werden zur Anwendung zurückgebracht.
close-hint = Wenn sich die Anwendung geöffnet hat, können Sie diese Seite schließen.
provider-title = Weiter zur Anmeldung
provider-on-the-way = Sie werden zu { $host } gebracht, wo Sie sich anmelden.

## A login that ended without access

no-access-title = Kein Zugriff
not-now-title = Die Anmeldung ist jetzt nicht möglich
not-signed-in-title = Sie sind nicht angemeldet
back-to-application = Zurück zur Anwendung
reason-for-administrator = Fehlercode für Ihren Administrator
you-signed-in-as = Sie haben sich angemeldet als
provider-not-set-up = Dieser Server und Ihr Anmeldedienst sind nicht passend eingerichtet. Ein neuer Versuch hilft erst, wenn Ihr Administrator das geändert hat.
provider-unverified = Die Antwort des Anmeldedienstes konnte nicht überprüft werden, deshalb wurden Sie nicht angemeldet. Ihr Administrator kann die Ursache herausfinden.
provider-unavailable = Ihr Anmeldedienst antwortet im Moment nicht. Gehen Sie zurück und versuchen Sie es in einigen Minuten noch einmal.
provider-denied = Die Anmeldung wurde abgebrochen, oder Ihr Anmeldedienst hat sie nicht zugelassen. Sie können zurückgehen und es noch einmal versuchen.
provider-incomplete = Ihr Anmeldedienst hat die Anmeldung nicht abgeschlossen, vielleicht weil sie zu lange gedauert hat. Gehen Sie zurück und versuchen Sie es noch einmal.
rules-missing = Es ist noch nicht festgelegt, wer diesen Server benutzen darf. Ihr Administrator muss das festlegen.
not-in-directory = Ihr Konto gehört nicht zu einer Organisation, die diesen Server benutzen darf.
not-managed = Ihr Konto wird nicht von einer Organisation verwaltet, die diesen Server benutzen darf, auch wenn seine Adresse das vermuten lässt.
not-listed = Ihr Konto steht nicht auf der Liste der Benutzer dieses Servers.
email-not-verified = Nur Benutzer mit einer bestätigten E-Mail-Adresse dürfen diesen Server benutzen, und Ihr Anmeldedienst gibt nicht an, dass Ihre bestätigt ist.
email-elsewhere = Ihre E-Mail-Adresse gehört nicht zu einer Organisation, die diesen Server benutzen darf.
not-in-group = Sie sind in keiner der Gruppen, die diesen Server benutzen dürfen.

## How to connect

connect-title = So stellen Sie die Verbindung her
connect-to = Mit { $server } verbinden
connect-what = Anwendungen wie Claude, ChatGPT oder VS Code können diesen Server benutzen. Tragen Sie diese Adresse in Ihrer Anwendung ein:
connect-address = Adresse
connect-next = Danach öffnet Ihr Browser eine Seite dieses Servers. Dort melden Sie sich an und erlauben den Zugriff oder lehnen ihn ab.
connect-in = In { $client }
connect-menu = Wählen Sie { $menu } und fügen Sie die Adresse ein.
connect-command = Geben Sie in einem Terminal ein
connect-file = Ergänzen Sie die Datei { $file }
connect-other = In einer anderen Anwendung
connect-other-way = Fügen Sie einen MCP-Server der Art „Streamable HTTP“ oder „HTTP“ hinzu und setzen Sie die Adresse ein. Sie brauchen keinen Schlüssel.
connect-see = Verbundene Anwendungen ansehen

## Errors

failure-title = Das hat nicht funktioniert
failure-general = Die Anmeldung konnte nicht abgeschlossen werden. Gehen Sie zur Anwendung zurück und verbinden Sie sie noch einmal.
failure-ours = Dieser Server kann im Moment nicht antworten. Versuchen Sie es in einigen Minuten noch einmal.
failure-too-many = Es gab zu viele Anfragen. Versuchen Sie es { $when } noch einmal.
reason-code = Fehlercode
details = Einzelheiten
requested = Angefragt
registered = Registriert
client-missing = Die Anwendung hat nicht angegeben, welche sie ist.
client-repeated = Die Anwendung hat zwei verschiedene Angaben dazu gemacht, welche sie ist oder an welche Adresse Sie zurückgebracht werden sollen.
operator-must-set-rules = Es ist noch nicht festgelegt, wer hier Zugriff hat. Der Betreiber dieses Servers muss allowedUsers, allowedEmailDomains oder allowedGroups setzen, und allowedTenants, wenn sich Benutzer aus beliebigen Verzeichnissen von Entra ID anmelden können.
client-unknown = Dieser Server kennt die Anwendung nicht. Entfernen Sie die Verbindung in der Anwendung und fügen Sie sie wieder hinzu, damit sich die Anwendung neu registriert.
client-unreachable = Dieser Server kann { $host } nicht erreichen, wo die Beschreibung der Anwendung veröffentlicht ist. Versuchen Sie es gleich noch einmal. Wenn das nicht hilft, sagen Sie es dem Betreiber dieses Servers.
client-unreadable = Dieser Server konnte das Dokument, das die Anwendung beschreibt, nicht lesen oder lässt es nicht zu.
login-unknown = Diese Anmeldung ist beendet. Vielleicht wurde sie in einem anderen Browser begonnen, oder Ihr Browser nimmt keine Cookies an. Gehen Sie zur Anwendung zurück und verbinden Sie sie noch einmal.
redirect-missing = Die Anwendung hat nicht angegeben, an welche Adresse Sie zurückgebracht werden sollen, und nicht genau eine registriert.
redirect-private-use = Die Anwendung möchte Sie zu einer Adresse zurückleiten, deren Art dieser Server nicht zulässt. Der Betreiber dieses Servers kann sie zulassen: siehe BOUNCER_REDIRECT_SCHEMES in der Dokumentation.
redirect-host = Die Anwendung möchte Sie zu einer Adresse zurückleiten, die dieser Server nicht zulässt. Der Betreiber dieses Servers kann sie zulassen: siehe allowedRedirectHosts in der Dokumentation.
redirect-unregistered = Die Anwendung möchte Sie zu einer Adresse zurückleiten, die sie nicht registriert hat. Es wurde nichts weitergegeben. Sie können diese Seite schließen.
clock-skew = Die Uhren des Proxys und des Anmeldeservers weichen um mehr als eine Minute voneinander ab. Der Betreiber dieses Servers muss sie stellen.
foreign-form = Dieses Formular wurde nicht von einer Seite dieses Servers abgeschickt. Gehen Sie zur Anwendung zurück und verbinden Sie sie noch einmal.
origin-hidden = Ihr Browser hat nicht angegeben, von welcher Seite dieses Formular abgeschickt wurde. Versuchen Sie es mit einem anderen oder neueren Browser. Wenn das nicht hilft, sagen Sie dem Administrator dieses Servers, dass ein Proxy seinen Seiten den Header Referrer-Policy: no-referrer hinzufügt.

## Links to the operator’s own pages

support = Hilfe
imprint = Impressum
privacy = Datenschutz

## Dates and times

moment = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
 } { $year }, { $hour }:{ $minute } Uhr UTC
in-seconds = { $count ->
    [one] in { $count } Sekunde
   *[other] in { $count } Sekunden
 }
in-minutes = { $count ->
    [one] in { $count } Minute
   *[other] in { $count } Minuten
 }
in-hours = { $count ->
    [one] in { $count } Stunde
   *[other] in { $count } Stunden
 }
in-days = { $count ->
    [one] in { $count } Tag
   *[other] in { $count } Tagen
 }

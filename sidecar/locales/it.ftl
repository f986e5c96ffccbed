# I testi delle pagine in italiano.

## Signing in

sign-in-title = Accedi
sign-in-to = Accedi a { $server }
sign-in-for = Dopo aver effettuato l’accesso, decidi nella pagina successiva se autorizzare { $client }.
user-name = Nome utente
password = Password
sign-in = Accedi
wrong-credentials = Il nome utente o la password non sono corretti.
too-many-attempts = Ci sono stati troppi tentativi. Riprova { $when }.
too-many-people = In questo momento troppe persone stanno effettuando l’accesso. Riprova.
outdated = Ciò che hai inviato non era più aggiornato e non è stato usato. Questa è la pagina attuale.

## Consent

consent-title = Consentire l’accesso?
consent-question = Consentire a { $client } di usare { $server }?
unnamed-application = un’applicazione senza nome
by-operator = Il gestore di questo server ha registrato l’applicazione.
verified = Verificato: l’applicazione è pubblicata da { $host } e l’accesso viene dato a quell’indirizzo.
described-elsewhere = L’applicazione è descritta su { $host }, ma l’accesso verrebbe dato a un altro indirizzo, che nessuno ha controllato. Consenti l’accesso solo se conosci l’indirizzo qui sotto.
unverified = Chiunque può usare questo nome e nessuno lo ha controllato. Consenti l’accesso solo se conosci l’indirizzo qui sotto.
returns-to = L’accesso viene dato a
on-this-device = un’applicazione su questo dispositivo ({ $place })
opens-on-this-device = l’applicazione su questo dispositivo che apre i link con { $scheme }
asks-to-use = Il server
signed-in-as = Hai effettuato l’accesso come
permissions = Chiede queste autorizzazioni
scope-in-words = { $words } ({ $scope })
scope-profile = vedere il tuo nome
scope-email = vedere il tuo indirizzo e-mail
always-required = { $scope }, sempre necessaria
loopback-warning = L’applicazione è in esecuzione su questo dispositivo e nulla dimostra quale applicazione sia.
private-use-warning = La risposta apre un’applicazione su questo dispositivo. Qualsiasi applicazione può rivendicare link di questo tipo e nulla dimostra quale sia.
provider-next = Se consenti l’accesso, il passo successivo è accedere su { $host }. Lì puoi anche scegliere un altro account.
did-you-start = Consenti l’accesso solo se hai appena avviato tu questo collegamento. Se qualcuno ti ha inviato un link a questa pagina, scegli «{ deny }».
another-account = Usa un altro account
allow = Consenti
deny = Rifiuta

## Connections

sign-in-for-connections = Poi vedi quali applicazioni hanno accesso a tuo nome e puoi revocarlo.
sign-in-at = Ora effettui l’accesso su { $host }.
connections-on-the-way = Stai per raggiungere le tue connessioni.
connections-title = Le tue connessioni
connections-count = Le tue connessioni ({ $count })
connections-shown = Questa pagina mostra da { $first } a { $last } di { $count }, prima le più recenti.
connections-purpose = Queste applicazioni hanno accesso a { $server } a tuo nome. Termina ciò che non usi o non conosci.
no-connections = Nessuna applicazione ha accesso a tuo nome.
connection-of = Connessione: { $client }
removed-application = un’applicazione rimossa
only-described = L’applicazione è descritta su { $host }, ma l’accesso è stato dato a un altro indirizzo, che nessuno ha controllato.
own-name = Nessuno ha controllato il nome di questa applicazione.
connected-since = Connessa dal
last-used = Ultimo utilizzo
not-known = Non noto
seen-from = { $when }, dalla rete { $network }
granted-permissions = Autorizzazioni
end-connection = Termina la connessione: { $client }
end-all = Termina tutte le connessioni e i token, ed esci dagli altri browser
end-all-title = Terminare tutte le connessioni e i token, e uscire dagli altri browser?
end-all-connections = { $count ->
    [one] Terminerà { $count } connessione di un’applicazione a { $server }.
   *[other] Termineranno { $count } connessioni di applicazioni a { $server }.
 }
end-all-tokens = { $count ->
    [one] Terminerà { $count } token di accesso personale.
   *[other] Termineranno { $count } token di accesso personali.
 }
end-all-sessions = { $count ->
    [one] Verrai disconnesso da { $count } altro browser.
   *[other] Verrai disconnesso da altri { $count } browser.
 }
end-all-words = Ciò che termina sarà rifiutato al più tardi { $when }. Le applicazioni che vuoi conservare vanno connesse di nuovo, e i token creati di nuovo.
ended-one = La connessione è terminata. L’applicazione può avere ancora accesso, ma lo perderà al più tardi { $when }.
ended-all = Tutte le connessioni e tutti i token di accesso personali sono terminati, e sei disconnesso da tutti gli altri browser. Può darsi che ciò che è terminato funzioni ancora, ma smetterà di farlo al più tardi { $when }.
ended-before = Questa connessione era già terminata.
older = Connessioni meno recenti
newer = Connessioni più recenti
download-json = Scarica come JSON
sign-out = Esci
signed-out-title = Sei uscito
signed-out-words = Le tue applicazioni mantengono l’accesso.
nothing-done = Nulla è stato modificato, perché la sessione era terminata. Accedi e riprova.
cancel = Annulla
try-again = Riprova

## Personal access tokens

personal-title = Token di accesso personali
personal-purpose = Con un token di questo tipo, uno script o un’applicazione che non può accedere usa { $server } a tuo nome. Chi ha un token ha l’accesso che esso dà: conservalo come una password.
no-personal-tokens = Non hai alcun token di accesso personale.
personal-token-of = Token: { $name }
token-made = Creato
token-ends = Scade da solo
end-token = Termina il token: { $name }
ended-token = Il token è terminato. Può darsi che funzioni ancora, ma smetterà di farlo al più tardi { $when }.
older-tokens = Token meno recenti
newer-tokens = Token più recenti
new-token = Crea un token
new-token-title = Crea un token di accesso personale
token-name = A cosa serve il token?
token-days = Giorni fino alla scadenza (al massimo { $count })
create-token = Crea questo token
token-created-title = Il tuo nuovo token
token-shown-once = Copia il token adesso: viene mostrato una sola volta. Conservalo dove conservi le password.
token-header = Invialo in questa intestazione con ogni richiesta
token-try = Per provarlo, digita in un terminale
token-made-before = Questo modulo ha già creato un token, e un token viene mostrato una sola volta. Se non l’hai copiato, terminalo e creane un altro.
tokens-too-many = { $count ->
    [one] Hai { $count } token, che è il massimo. Terminane uno che non ti serve.
   *[other] Hai { $count } token, che è il massimo. Terminane uno che non ti serve.
 }
tokens-too-many-ended = Hai terminato troppi token prima della scadenza. Potrai crearne di nuovo quando alcuni di essi sarebbero scaduti da soli.
token-name-missing = Scrivi un nome breve che dica a cosa serve il token.
token-days-wrong = { $count ->
    [one] Il token può durare { $count } giorno.
   *[other] Il token può durare da 1 a { $count } giorni.
 }
token-too-long = Con queste autorizzazioni il token sarebbe troppo lungo. Scegline di meno.
tokens-without-list = Al momento non è possibile creare token, perché questo server non potrebbe terminarli. Il tuo amministratore può scoprire il motivo.
tokens-off = Questo server non offre token di accesso personali.
back-to-connections = Torna alle tue connessioni
## Il tuo account

sign-in-for-account = Poi vedi come accedi e puoi modificarlo.
account-title = Il tuo account
account-open = Password e account
present-password = Password attuale
new-password = Nuova password, almeno { $count } caratteri
repeat-password = Nuova password, ancora una volta
change-password = Cambia la password
password-change-effect = Verrai disconnesso da tutti gli altri browser. Le tue applicazioni mantengono l’accesso.
password-by-administrator = Solo il tuo amministratore può cambiare la tua password.
password-changed = La tua password è stata cambiata e la sessione è terminata in tutti gli altri browser. Le tue applicazioni mantengono l’accesso.
present-password-wrong = La password attuale non è corretta.
passwords-differ = Le due nuove password non coincidono. Scrivile di nuovo.
password-same = La nuova password è quella attuale. Scegline un’altra.
password-short = La nuova password ha meno di { $count } caratteri. Scegline una più lunga.
password-guessable = La nuova password è facile da indovinare: è composta soprattutto da parole comuni, nomi, ripetizioni o sequenze. Scegline un’altra, per esempio alcune parole che non c’entrano l’una con l’altra.
password-not-written = La password non è stata cambiata, perché questo server non può salvarla. Il tuo amministratore può scoprirne il motivo.

## Il secondo fattore

second-factor-title = Inserisci un codice
second-factor-prompt = Scrivi le sei cifre mostrate dalla tua app di autenticazione. Se non l’hai più, scrivi uno dei tuoi codici di recupero.
code = Codice
code-wrong = Il codice non è corretto o è già stato usato. Scrivi il prossimo mostrato dall’app.
second-factor = Codice di un’app
second-factor-off = Con la password non è richiesto alcun codice. Se configuri questa opzione, ti servirà anche un codice di un’app sul telefono: chi conosce solo la tua password non potrà accedere.
second-factor-demanded = Il tuo amministratore lo richiede, quindi non puoi disattivarlo. Se perdi il telefono, il tuo amministratore può reimpostarlo.
second-factor-turned-off = Disattivato. Accedi solo con la password.
turn-off = Disattiva
set-up = Configura
set-up-title = Configura un codice di un’app
set-up-required = Per accedere a questo server ti serve, oltre alla password, un codice di un’app sul telefono. Configuralo ora.
set-up-how = Inquadra questa immagine con un’app di autenticazione sul telefono, oppure scrivi la chiave nell’app. Poi scrivi le sei cifre che mostra.
set-up-picture = Codice QR per la tua app di autenticazione
set-up-key = Chiave
set-up-open = Apri in un’app su questo dispositivo
set-up-code = Codice mostrato dall’app
set-up-effect = Verrai disconnesso da tutti gli altri browser. Le tue applicazioni mantengono l’accesso.
set-up-since = Configurato il
recovery-title = I tuoi codici di recupero
recovery-words = Se perdi il telefono, puoi accedere con uno di questi codici. Ognuno vale una volta sola. Conservali in un luogo sicuro: non verranno più mostrati.
recovery-codes = Codici di recupero
recovery-codes-left = { $count ->
    [one] { $count } codice rimasto
   *[other] { $count } codici rimasti
 }
recovery-codes-new = Per avere nuovi codici di recupero, disattiva l’opzione e configurala di nuovo.

## Passkey

passkey-sign-in = Accedi con una passkey
passkey-failed = L’accesso con una passkey non è riuscito. Riprova, o accedi con la password.
passkeys = Passkey
passkeys-what = Con una passkey accedi con la tua impronta digitale, il tuo volto o il PIN del tuo dispositivo. Allora non ti servono né la password né un codice.
passkey-name = Come si chiama questa passkey? Per esempio, indica il dispositivo.
passkey-called = Nome
passkey-host = Per
passkey-added-on = Aggiunta il
not-used = Non ancora
passkey-remove = Rimuovi { $name }
passkey-add = Aggiungi una passkey
passkey-how = Prima dimostra che sei tu. Poi il browser ti chiede di sbloccare il dispositivo e vi salva la passkey.
passkey-next = Ora il browser ti chiede di sbloccare il dispositivo.
passkey-make = Crea la passkey
passkey-unsupported = Questo browser non può creare passkey qui. Usa un altro browser, o consenti JavaScript per questa pagina.
passkey-not-added = La passkey non è stata aggiunta. Riprova, o usa un altro dispositivo.
passkey-added = La passkey è stata aggiunta. Da ora puoi accedere con essa.
passkey-removed = La passkey è stata rimossa. Puoi eliminarla anche sul tuo dispositivo.
passkey-name-missing = Scrivi un nome breve da cui riconosci la passkey.
passkeys-too-many = Non puoi aggiungere un’altra passkey qui. Puoi averne al massimo { $count }; rimuovine una che non ti serve.

## On the way

continue-hint = Se non succede nulla, continua qui:
continue = Continua
allowed-title = Accesso consentito
denied-title = Hai rifiutato l’accesso
login-over-title = Questo accesso è terminato
login-over-words = Puoi chiudere questa finestra. Se prima avevi consentito l’accesso, puoi terminarlo nelle tue connessioni.
signed-in-title = Accesso effettuato
back-on-the-way = Stai tornando all’applicazione.
close-hint = Quando l’applicazione si è aperta, puoi chiudere questa pagina.
provider-title = Passaggio alla pagina di accesso
provider-on-the-way = Stai passando a { $host }, dove effettui l’accesso.

## A login that ended without access

no-access-title = Nessun accesso
not-now-title = Ora non è possibile accedere
not-signed-in-title = Non hai effettuato l’accesso
back-to-application = Torna all’applicazione
reason-for-administrator = Codice della causa per il tuo amministratore
you-signed-in-as = Hai effettuato l’accesso come
provider-not-set-up = Questo server e il tuo provider di identità non sono configurati per funzionare insieme. Riprovare non servirà finché il tuo amministratore non avrà modificato la configurazione.
provider-unverified = Non è stato possibile verificare la risposta del provider di identità, quindi l’accesso non è stato effettuato. Il tuo amministratore può scoprirne la causa.
provider-unavailable = Il tuo provider di identità al momento non risponde. Torna indietro e riprova tra qualche minuto.
provider-denied = L’accesso è stato annullato oppure il tuo provider di identità non lo ha consentito. Puoi tornare indietro e riprovare.
provider-incomplete = Il tuo provider di identità non ha completato l’accesso, forse perché è durato troppo. Torna indietro e riprova.
rules-missing = Non è ancora configurato chi può usare questo server. Deve configurarlo il tuo amministratore.
not-in-directory = Il tuo account non appartiene a un’organizzazione che può usare questo server.
not-managed = Il tuo account non è gestito da un’organizzazione che può usare questo server, anche se il suo indirizzo lo fa pensare.
not-listed = Il tuo account non è nell’elenco degli utenti che possono usare questo server.
email-not-verified = Solo gli utenti con un indirizzo e-mail verificato possono usare questo server, e il tuo provider di identità non conferma che il tuo lo sia.
email-elsewhere = Il tuo indirizzo e-mail non appartiene a un’organizzazione che può usare questo server.
not-in-group = Non fai parte di nessuno dei gruppi che possono usare questo server.

## How to connect

connect-title = Come connettersi
connect-to = Connettiti a { $server }
connect-what = Applicazioni come Claude, ChatGPT o VS Code possono usare questo server. Aggiungi questo indirizzo nella tua applicazione:
connect-address = Indirizzo
connect-next = Il browser apre poi una pagina di questo server. Lì accedi, poi consenti o rifiuti l’accesso dell’applicazione.
connect-in = In { $client }
connect-menu = Scegli { $menu } e incolla l’indirizzo.
connect-command = Digita in un terminale
connect-file = Aggiungi al file { $file }
connect-other = In un’altra applicazione
connect-other-way = Aggiungi un server MCP di tipo «Streamable HTTP» o «HTTP» e incolla l’indirizzo. Non serve alcuna chiave.
connect-see = Vedi che cosa è connesso

## Errors

failure-title = Non ha funzionato
failure-general = Non è stato possibile completare l’accesso. Torna all’applicazione e prova a collegarla di nuovo.
failure-ours = Questo server al momento non può rispondere. Riprova tra qualche minuto.
failure-too-many = Ci sono state troppe richieste. Riprova { $when }.
reason-code = Codice della causa
details = Dettagli
requested = Richiesto
registered = Registrato
client-missing = L’applicazione non si è identificata.
client-repeated = L’applicazione ha indicato due valori diversi per la propria identità o per l’indirizzo a cui riportarti.
operator-must-set-rules = Non è ancora configurato chi ha accesso qui. Il gestore di questo server deve impostare allowedUsers, allowedEmailDomains o allowedGroups, e allowedTenants se possono accedere utenti di qualsiasi directory di Entra ID.
client-unknown = Questo server non conosce l’applicazione. Rimuovi il collegamento nell’applicazione e aggiungilo di nuovo, in modo che si registri nuovamente.
client-unreachable = Questo server non riesce a raggiungere { $host }, che pubblica la descrizione dell’applicazione. Riprova tra poco. Se il problema persiste, avvisa il gestore di questo server.
client-unreadable = Questo server non è riuscito a leggere il documento che descrive l’applicazione, oppure non lo accetta.
login-unknown = Questo accesso è terminato. Forse è stato avviato in un altro browser, oppure il tuo browser non accetta i cookie. Torna all’applicazione e prova a collegarla di nuovo.
redirect-missing = L’applicazione non ha indicato a quale indirizzo riportarti e non ne ha registrato esattamente uno.
redirect-private-use = L’applicazione chiede di riportarti a un indirizzo di un tipo che questo server non accetta. Il gestore di questo server può consentirlo: vedi BOUNCER_REDIRECT_SCHEMES nella documentazione.
redirect-host = L’applicazione chiede di riportarti a un indirizzo che questo server non consente. Il gestore di questo server può consentirlo: vedi allowedRedirectHosts nella documentazione.
redirect-unregistered = L’applicazione chiede di riportarti a un indirizzo che non ha registrato. Non è stato condiviso nulla. Puoi chiudere questa pagina.
clock-skew = Gli orologi del proxy e del server di autorizzazione differiscono di oltre un minuto. Il gestore di questo server deve correggerli.
foreign-form = Questo modulo non è stato inviato da una pagina di questo server. Torna all’applicazione e prova a collegarla di nuovo.
origin-hidden = Il tuo browser non ha indicato da quale pagina è stato inviato questo modulo. Prova con un altro browser o con uno più recente. Se non basta, di’ all’amministratore di questo server che un proxy aggiunge l’intestazione Referrer-Policy: no-referrer alle sue pagine.

## Links to the operator’s own pages

support = Assistenza
imprint = Note legali
privacy = Riservatezza

## Dates and times

moment = { $day } { $month ->
    [1] gennaio
    [2] febbraio
    [3] marzo
    [4] aprile
    [5] maggio
    [6] giugno
    [7] luglio
    [8] agosto
    [9] settembre
    [10] ottobre
    [11] novembre
   *[12] dicembre
 } { $year }, { $hour }:{ $minute } UTC
in-seconds = { $count ->
    [one] tra { $count } secondo
   *[other] tra { $count } secondi
 }
in-minutes = { $count ->
    [one] tra { $count } minuto
   *[other] tra { $count } minuti
 }
in-hours = { $count ->
    [one] tra { $count } ora
   *[other] tra { $count } ore
 }
in-days = { $count ->
    [one] tra { $count } giorno
   *[other] tra { $count } giorni
 }

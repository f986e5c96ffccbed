# Los textos de las páginas en español.

## Signing in

sign-in-title = Iniciar sesión
sign-in-to = Iniciar sesión en { $server }
sign-in-for = Después de iniciar sesión, usted decide en la página siguiente si { $client } obtiene acceso.
user-name = Nombre de usuario
password = Contraseña
sign-in = Iniciar sesión
wrong-credentials = El nombre de usuario o la contraseña no son correctos.
too-many-attempts = Ha habido demasiados intentos. Vuelva a intentarlo { $when }.
too-many-people = En este momento hay demasiadas personas iniciando sesión. Vuelva a intentarlo.
outdated = Lo que ha enviado ya no estaba actualizado y no se ha utilizado. Esta página es la actual.

## Consent

consent-title = ¿Permitir el acceso?
consent-question = ¿Permitir que { $client } use { $server }?
unnamed-application = una aplicación sin nombre
by-operator = El operador de este servidor registró la aplicación.
verified = Verificado: la aplicación está publicada por { $host }, y el acceso se da a esa dirección.
described-elsewhere = La aplicación está descrita en { $host }, pero el acceso se daría a otra dirección, que nadie ha comprobado. Permita el acceso solo si conoce la dirección que aparece abajo.
unverified = Cualquiera puede usar este nombre y nadie lo ha comprobado. Permita el acceso solo si conoce la dirección que aparece abajo.
returns-to = El acceso se da a
on-this-device = una aplicación de este dispositivo ({ $place })
opens-on-this-device = la aplicación de este dispositivo que abre los enlaces con { $scheme }
asks-to-use = Servidor
signed-in-as = Ha iniciado sesión como
permissions = Solicita estos permisos
scope-in-words = { $words } ({ $scope })
scope-profile = ver su nombre
scope-email = ver su correo electrónico
always-required = { $scope }, siempre obligatorio
loopback-warning = La aplicación se ejecuta en este dispositivo y nada demuestra qué aplicación es.
private-use-warning = La respuesta abre una aplicación en este dispositivo. Cualquier aplicación puede reclamar enlaces como ese y nada demuestra cuál es.
provider-next = Si permite el acceso, a continuación iniciará sesión en { $host }. Allí también puede elegir otra cuenta.
did-you-start = Permita el acceso solo si acaba de iniciar usted mismo esta conexión. Si alguien le ha enviado un enlace a esta página, elija «{ deny }».
another-account = Usar otra cuenta
allow = Permitir
deny = Denegar

## Connections

sign-in-for-connections = Después verá qué aplicaciones tienen acceso en su nombre y podrá retirarlo.
sign-in-at = A continuación inicia sesión en { $host }.
connections-on-the-way = Se le lleva a sus conexiones.
connections-title = Sus conexiones
connections-count = Sus conexiones ({ $count })
connections-shown = Esta página muestra de { $first } a { $last } de { $count }, primero las más recientes.
connections-purpose = Estas aplicaciones tienen acceso a { $server } en su nombre. Termine lo que no utilice o no conozca.
no-connections = Ninguna aplicación tiene acceso en su nombre.
connection-of = Conexión de { $client }
removed-application = una aplicación eliminada
only-described = La aplicación está descrita en { $host }, pero el acceso se dio a otra dirección, que nadie ha comprobado.
own-name = Nadie ha comprobado el nombre de esta aplicación.
connected-since = Conectada desde
last-used = Último uso
not-known = No se sabe
seen-from = { $when }, desde la red { $network }
granted-permissions = Permisos
end-connection = Terminar la conexión de { $client }
end-all = Terminar todas las conexiones y tokens, y cerrar la sesión en otros navegadores
end-all-title = ¿Terminar todas las conexiones y tokens, y cerrar la sesión en otros navegadores?
end-all-connections = { $count ->
    [one] Terminará { $count } conexión de una aplicación con { $server }.
   *[other] Terminarán { $count } conexiones de aplicaciones con { $server }.
 }
end-all-tokens = { $count ->
    [one] Terminará { $count } token de acceso personal.
   *[other] Terminarán { $count } tokens de acceso personales.
 }
end-all-sessions = { $count ->
    [one] Se cerrará su sesión en { $count } navegador más.
   *[other] Se cerrará su sesión en { $count } navegadores más.
 }
end-all-words = Lo que termine se rechazará a más tardar { $when }. Las aplicaciones que quiera conservar deben conectarse de nuevo, y los tokens crearse de nuevo.
ended-one = La conexión ha terminado. Es posible que la aplicación aún tenga acceso, pero lo perderá a más tardar { $when }.
ended-all = Todas las conexiones y todos los tokens de acceso personales han terminado, y se ha cerrado su sesión en todos los demás navegadores. Es posible que lo terminado aún funcione, pero dejará de hacerlo a más tardar { $when }.
ended-before = Esta conexión ya había terminado.
older = Conexiones más antiguas
newer = Conexiones más recientes
download-json = Descargar como JSON
sign-out = Cerrar sesión
signed-out-title = Ha cerrado la sesión
signed-out-words = Sus aplicaciones conservan el acceso.
nothing-done = No se ha cambiado nada porque la sesión estaba cerrada. Inicie sesión e inténtelo de nuevo.
cancel = Cancelar
try-again = Intentar de nuevo

## Personal access tokens

personal-title = Tokens de acceso personales
personal-purpose = Con un token así, un script o una aplicación que no puede iniciar sesión usa { $server } en su nombre. Quien tiene un token tiene el acceso que este da: guárdelo como una contraseña.
no-personal-tokens = No tiene ningún token de acceso personal.
personal-token-of = Token: { $name }
token-made = Creado el
token-ends = Termina por sí solo el
end-token = Terminar el token { $name }
ended-token = El token ha terminado. Es posible que aún funcione, pero dejará de hacerlo a más tardar { $when }.
older-tokens = Tokens más antiguos
newer-tokens = Tokens más recientes
new-token = Crear un token
new-token-title = Crear un token de acceso personal
token-name = ¿Para qué es el token?
token-days = Días hasta que termine (como máximo { $count })
create-token = Crear el token
token-created-title = Su nuevo token
token-shown-once = Copie el token ahora: solo se muestra una vez. Guárdelo donde guarda sus contraseñas.
token-header = Envíelo en esta cabecera con cada solicitud
token-try = Para probarlo, escriba en un terminal
token-made-before = Este formulario ya creó un token, y un token solo se muestra una vez. Si no lo copió, termínelo y cree otro.
tokens-too-many = { $count ->
    [one] Tiene { $count } token, que es el máximo. Termine uno que no necesite.
   *[other] Tiene { $count } tokens, que es el máximo. Termine uno que no necesite.
 }
tokens-too-many-ended = Ha terminado demasiados tokens antes de tiempo. Podrá crear uno cuando algunos de ellos hubieran terminado por sí solos.
token-name-missing = Escriba un nombre corto que diga para qué es el token.
token-days-wrong = { $count ->
    [one] El token puede durar { $count } día.
   *[other] El token puede durar de 1 a { $count } días.
 }
token-too-long = Con estos permisos el token sería demasiado largo. Elija menos.
tokens-without-list = En este momento no se puede crear ningún token, porque este servidor no podría terminarlo. Su administrador puede averiguar el motivo.
tokens-off = Este servidor no ofrece tokens de acceso personales.
back-to-connections = Volver a sus conexiones
## Su cuenta

sign-in-for-account = Después verá cómo inicia sesión y podrá cambiarlo.
account-title = Su cuenta
account-open = Contraseña y cuenta
present-password = Contraseña actual
new-password = Contraseña nueva, al menos { $count } caracteres
repeat-password = Contraseña nueva, otra vez
change-password = Cambiar la contraseña
password-change-effect = Se cerrará su sesión en todos los demás navegadores. Sus aplicaciones conservan el acceso.
password-by-administrator = Solo su administrador puede cambiar su contraseña.
password-changed = Su contraseña se ha cambiado y su sesión se ha cerrado en todos los demás navegadores. Sus aplicaciones conservan el acceso.
present-password-wrong = La contraseña actual no es correcta.
passwords-differ = Las dos contraseñas nuevas no coinciden. Escríbalas de nuevo.
password-same = La contraseña nueva es la actual. Elija otra.
password-short = La contraseña nueva tiene menos de { $count } caracteres. Elija una más larga.
password-guessable = La contraseña nueva es fácil de adivinar: se compone sobre todo de palabras comunes, nombres, repeticiones o secuencias. Elija otra, por ejemplo varias palabras que no tengan relación entre sí.
password-not-written = La contraseña no se ha cambiado porque este servidor no puede guardarla. Su administrador puede averiguar el motivo.

## El segundo factor

second-factor-title = Escriba un código
second-factor-prompt = Escriba las seis cifras que muestra su aplicación de autenticación. Si ya no la tiene, escriba uno de sus códigos de recuperación.
code = Código
code-wrong = El código no es correcto o ya se ha usado. Escriba el siguiente que muestre la aplicación.
second-factor = Código de una aplicación
second-factor-off = Con su contraseña no se pide ningún código. Si configura esta opción, también necesitará un código de una aplicación de su teléfono, y nadie podrá iniciar sesión si solo conoce su contraseña.
second-factor-demanded = Su administrador lo exige, por lo que no puede desactivarlo. Si pierde su teléfono, su administrador puede restablecerlo.
second-factor-turned-off = Desactivado. Inicia sesión solo con su contraseña.
turn-off = Desactivar
set-up = Configurar
set-up-title = Configurar un código de una aplicación
set-up-required = Para iniciar sesión en este servidor necesita, además de su contraseña, un código de una aplicación de su teléfono. Configúrelo ahora.
set-up-how = Escanee esta imagen con una aplicación de autenticación de su teléfono o escriba en ella la clave. Después escriba las seis cifras que muestre.
set-up-picture = Código QR para su aplicación de autenticación
set-up-key = Clave
set-up-open = Abrir en una aplicación de este dispositivo
set-up-code = Código que muestra la aplicación
set-up-effect = Se cerrará su sesión en todos los demás navegadores. Sus aplicaciones conservan el acceso.
set-up-since = Configurado el
recovery-title = Sus códigos de recuperación
recovery-words = Si pierde su teléfono, podrá iniciar sesión con uno de estos códigos. Cada uno sirve una sola vez. Guárdelos en un lugar seguro: no se volverán a mostrar.
recovery-codes = Códigos de recuperación
recovery-codes-left = { $count ->
    [one] Queda { $count } código
   *[other] Quedan { $count } códigos
 }
recovery-codes-new = Para obtener códigos de recuperación nuevos, desactive la opción y configúrela de nuevo.

## Llaves de acceso

passkey-sign-in = Iniciar sesión con una llave de acceso
passkey-failed = No ha iniciado sesión con una llave de acceso. Inténtelo de nuevo o inicie sesión con su contraseña.
passkeys = Llaves de acceso
passkeys-what = Con una llave de acceso, inicia sesión con su huella dactilar, su cara o el PIN de su dispositivo. Entonces no necesita ni su contraseña ni un código.
passkey-name = ¿Cómo se llama esta llave de acceso? Por ejemplo, nombre el dispositivo.
passkey-called = Nombre
passkey-host = Para
passkey-added-on = Añadida el
not-used = Todavía no
passkey-remove = Quitar { $name }
passkey-add = Añadir una llave de acceso
passkey-how = Primero demuestre que es usted. Después, su navegador le pide que desbloquee su dispositivo y guarda allí la llave de acceso.
passkey-next = Su navegador le pide ahora que desbloquee su dispositivo.
passkey-make = Crear la llave de acceso
passkey-unsupported = Este navegador no puede crear llaves de acceso aquí. Use otro navegador o permita JavaScript en esta página.
passkey-not-added = La llave de acceso no se ha añadido. Inténtelo de nuevo o use otro dispositivo.
passkey-added = La llave de acceso se ha añadido. A partir de ahora puede iniciar sesión con ella.
passkey-removed = La llave de acceso se ha quitado. También puede borrarla en su dispositivo.
passkey-name-missing = Escriba un nombre corto con el que reconozca la llave de acceso.
passkeys-too-many = No puede añadir otra llave de acceso aquí. Puede tener { $count } como máximo; quite una que no necesite.

## On the way

continue-hint = Si no ocurre nada, continúe aquí:
continue = Continuar
allowed-title = Acceso permitido
denied-title = Ha denegado el acceso
login-over-title = Este inicio de sesión ha terminado
login-over-words = Puede cerrar esta ventana. Si antes había permitido el acceso, puede terminarlo en sus conexiones.
signed-in-title = Sesión iniciada
back-on-the-way = Le llevamos de vuelta a la aplicación.
close-hint = Cuando la aplicación se haya abierto, puede cerrar esta página.
provider-title = De camino al inicio de sesión
provider-on-the-way = Le llevamos a { $host }, donde iniciará sesión.

## A login that ended without access

no-access-title = Sin acceso
not-now-title = Ahora no es posible iniciar sesión
not-signed-in-title = No ha iniciado sesión
back-to-application = Volver a la aplicación
reason-for-administrator = Código de la causa para su administrador
you-signed-in-as = Inició sesión como
provider-not-set-up = Este servidor y su proveedor de identidad no están configurados para funcionar juntos. No servirá de nada volver a intentarlo hasta que su administrador haya cambiado la configuración.
provider-unverified = No se pudo verificar la respuesta del proveedor de identidad, por lo que no se ha iniciado la sesión. Su administrador puede averiguar la causa.
provider-unavailable = Su proveedor de identidad no responde en este momento. Vuelva atrás e inténtelo de nuevo dentro de unos minutos.
provider-denied = El inicio de sesión se canceló o su proveedor de identidad no lo permitió. Puede volver atrás e intentarlo de nuevo.
provider-incomplete = Su proveedor de identidad no completó el inicio de sesión, quizá porque tardó demasiado. Vuelva atrás e inténtelo de nuevo.
rules-missing = Todavía no está configurado quién puede usar este servidor. Su administrador tiene que configurarlo.
not-in-directory = Su cuenta no pertenece a una organización que pueda usar este servidor.
not-managed = Su cuenta no está administrada por una organización que pueda usar este servidor, aunque su dirección lo sugiera.
not-listed = Su cuenta no está en la lista de usuarios que pueden usar este servidor.
email-not-verified = Solo pueden usar este servidor los usuarios con un correo electrónico verificado, y su proveedor de identidad no confirma que el suyo lo esté.
email-elsewhere = Su correo electrónico no pertenece a una organización que pueda usar este servidor.
not-in-group = No pertenece a ninguno de los grupos que pueden usar este servidor.

## How to connect

connect-title = Cómo conectarse
connect-to = Conectarse a { $server }
connect-what = Aplicaciones como Claude, ChatGPT o VS Code pueden usar este servidor. Añada esta dirección en su aplicación:
connect-address = Dirección
connect-next = Después, su navegador abre una página de este servidor. En ella inicia sesión y permite o deniega el acceso.
connect-in = En { $client }
connect-menu = Elija { $menu } y pegue la dirección.
connect-command = Escriba en un terminal
connect-file = Añada al archivo { $file }
connect-other = En otra aplicación
connect-other-way = Añada un servidor MCP del tipo «Streamable HTTP» o «HTTP» y pegue la dirección. No necesita ninguna clave.
connect-see = Ver lo que está conectado

## Errors

failure-title = No ha funcionado
failure-general = No se pudo completar el inicio de sesión. Vuelva a la aplicación e intente conectarla de nuevo.
failure-ours = Este servidor no puede responder en este momento. Vuelva a intentarlo dentro de unos minutos.
failure-too-many = Ha habido demasiadas solicitudes. Vuelva a intentarlo { $when }.
reason-code = Código de la causa
details = Detalles
requested = Solicitada
registered = Registrada
client-missing = La aplicación no se identificó.
client-repeated = La aplicación dio dos valores distintos para su identidad o para la dirección a la que debe llevarle de vuelta.
operator-must-set-rules = Todavía no está configurado quién tiene acceso aquí. El operador de este servidor tiene que definir allowedUsers, allowedEmailDomains o allowedGroups, y allowedTenants si pueden iniciar sesión usuarios de cualquier directorio de Entra ID.
client-unknown = Este servidor no conoce la aplicación. Elimine la conexión en la aplicación y añádala de nuevo para que vuelva a registrarse.
client-unreachable = Este servidor no puede conectar con { $host }, que publica la descripción de la aplicación. Vuelva a intentarlo en un momento. Si el problema continúa, avise al operador de este servidor.
client-unreadable = Este servidor no pudo leer el documento que describe la aplicación, o no lo acepta.
login-unknown = Este inicio de sesión ha terminado. Quizá se inició en otro navegador, o su navegador no acepta cookies. Vuelva a la aplicación e intente conectarla de nuevo.
redirect-missing = La aplicación no indicó a qué dirección llevarle de vuelta, y no ha registrado exactamente una.
redirect-private-use = La aplicación pide llevarle de vuelta a una dirección de un tipo que este servidor no acepta. El operador de este servidor puede permitirla: véase BOUNCER_REDIRECT_SCHEMES en la documentación.
redirect-host = La aplicación pide llevarle de vuelta a una dirección que este servidor no permite. El operador de este servidor puede permitirla: véase allowedRedirectHosts en la documentación.
redirect-unregistered = La aplicación pide llevarle de vuelta a una dirección que no ha registrado. No se ha compartido nada. Puede cerrar esta página.
clock-skew = Los relojes del proxy y del servidor de autorización difieren en más de un minuto. El operador de este servidor tiene que corregirlos.
foreign-form = Este formulario no se envió desde una página de este servidor. Vuelva a la aplicación e intente conectarla de nuevo.
origin-hidden = Su navegador no indicó desde qué página se envió este formulario. Pruebe con otro navegador o con uno más reciente. Si eso no ayuda, diga al administrador de este servidor que un proxy añade la cabecera Referrer-Policy: no-referrer a sus páginas.

## Links to the operator’s own pages

support = Ayuda
imprint = Aviso legal
privacy = Privacidad

## Dates and times

moment = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
 } de { $year }, { $hour }:{ $minute } UTC
in-seconds = { $count ->
    [one] dentro de { $count } segundo
   *[other] dentro de { $count } segundos
 }
in-minutes = { $count ->
    [one] dentro de { $count } minuto
   *[other] dentro de { $count } minutos
 }
in-hours = { $count ->
    [one] dentro de { $count } hora
   *[other] dentro de { $count } horas
 }
in-days = { $count ->
    [one] dentro de { $count } día
   *[other] dentro de { $count } días
 }

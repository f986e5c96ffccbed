if(window.PublicKeyCredential){
const box=document.getElementById("passkey"),without=document.getElementById("without-passkey"),failed=box.querySelector("p"),form=box.querySelector("form"),button=box.querySelector("button"),options=JSON.parse(box.dataset.options);
const bytes=text=>Uint8Array.from(atob(text.replace(/-/g,"+").replace(/_/g,"/")),c=>c.charCodeAt(0));
const text=bytes=>btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g,"-").replace(/\//g,"_").replace(/=+/,"");
options.challenge=new TextEncoder().encode(options.challenge);
if(options.user)options.user.id=bytes(options.user.id);
for(const other of options.excludeCredentials||[])other.id=bytes(other.id);
form.addEventListener("submit",async event=>{
event.preventDefault();
button.disabled=failed.hidden=true;
try{
const credential=await navigator.credentials[options.user?"create":"get"]({publicKey:options}),response={};
for(const name of["clientDataJSON","attestationObject","authenticatorData","signature","userHandle"])if(credential.response[name])response[name]=text(credential.response[name]);
form.passkey.value=JSON.stringify({rawId:text(credential.rawId),response});
form.submit()
}catch{button.disabled=failed.hidden=false}
});
if(without)without.hidden=true;
box.hidden=false
}

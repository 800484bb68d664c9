var I="http://www.w3.org/2000/svg";function A(n,t,e){for(let[s,i]of Object.entries(t))if(!(i==null||i===!1))if(s==="on")for(let[o,r]of Object.entries(i))n.addEventListener(o,r);else s==="text"?n.textContent=i:s==="value"?n.value=i:n.setAttribute(s,i===!0?"":i);return n.append(...e.flat().filter(s=>s!=null&&s!==!1)),n}function a(n,t={},...e){return A(document.createElement(n),t,e)}function T(n,t={},...e){return A(document.createElementNS(I,n),t,e)}var X={close:"M4 4l8 8M12 4l-8 8",down:"M4 6l4 4 4-4",right:"M6 4l4 4-4 4",left:"M10 4l-4 4 4 4",plus:"M8 3v10M3 8h10",up:"M4 10l4-4 4 4",search:"M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3 3",filter:"M2 4h12M4.5 8h7M7 12h2",group:"M2 4h12M5 8h9M5 12h9",sort:"M5 3v10M2.5 10.5L5 13l2.5-2.5M11 13V3M8.5 5.5L11 3l2.5 2.5",compare:"M3 3h4v10H3zM9 3h4v10H9z",reset:"M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5.5H6",table:"M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6",picture:"M2.5 3.5h11v9h-11zM4 11l3-3 2 2 2-2.5 2.5 3",alert:"M8 2.5l6 11H2zM8 6.5v3.2M8 11.4v.4",check:"M3.5 8.5l3 3 6-7",settings:"M2 5h7M13 5h1M2 11h1M7 11h7M9 5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M3 11a2 2 0 1 0 4 0a2 2 0 1 0-4 0",fit:"M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3"};function c(n){return T("svg",{class:"icon",viewBox:"0 0 16 16","aria-hidden":"true"},T("path",{d:X[n]}))}function f(n){return n instanceof Map?Object.fromEntries([...n].map(([t,e])=>[t,f(e)])):Array.isArray(n)?n.map(f):n}function u(n){return Number(n).toLocaleString("en")}var N=`/* What every part of the page shares. */
:host {
  display: block;
  color: var(--vt-fg);
  font: 13px/1.45 var(--vt-font);
  -webkit-font-smoothing: antialiased;
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.icon { width: 14px; height: 14px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer; text-align: inherit; }
button:disabled { cursor: default; opacity: .5; }
:focus-visible { outline: 2px solid var(--vt-accent); outline-offset: 1px; }
.button { display: inline-flex; align-items: center; gap: 6px; height: 28px; padding: 0 10px; border: 1px solid var(--vt-line); border-radius: 7px; background: var(--vt-surface); color: var(--vt-soft); font-weight: 500; white-space: nowrap; }
.button:hover:not(:disabled) { border-color: var(--vt-line-strong); color: var(--vt-fg); }
.failure { margin: 8px; padding: 8px 12px; border: 1px solid var(--vt-danger-line); border-radius: var(--vt-radius); background: var(--vt-danger-soft); color: var(--vt-danger); }
.menu { margin: 0; padding: 5px; min-width: 190px; max-width: 340px; max-height: min(420px, 80vh); overflow: auto; border: 1px solid var(--vt-line); border-radius: 10px; background: var(--vt-raised); color: var(--vt-fg); box-shadow: var(--vt-shadow); font: 13px/1.4 var(--vt-font); position: fixed; inset: auto; }
.menu .heading { padding: 6px 9px 3px; color: var(--vt-muted); font-size: 11px; font-weight: 600; letter-spacing: .02em; }
.menu .rule { height: 1px; margin: 5px 0; background: var(--vt-line); }
.menu .item { display: flex; align-items: center; gap: 8px; width: 100%; min-height: 30px; padding: 4px 9px; border-radius: 6px; }
.menu .item:hover, .menu .item:focus { background: var(--vt-hover); outline: none; }
.menu .item:focus-visible { background: var(--vt-accent-soft); }
.menu .item .icon { color: var(--vt-accent); }
.menu .item .note { margin-left: auto; padding-left: 12px; color: var(--vt-muted); font-size: 12px; }
.menu .item .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.menu .item .mark { width: 14px; flex: none; display: inline-flex; }
.dot { width: 9px; height: 9px; border-radius: 50%; flex: none; background: var(--color, var(--vt-muted)); }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
`;var P=`/* The colours and measures of the page; every shadow root inherits them. */
:root {
  color-scheme: light;
  --vt-bg: #f5f6f8;
  --vt-surface: #ffffff;
  --vt-raised: #ffffff;
  --vt-sunken: #f8f9fb;
  --vt-fg: #171c26;
  --vt-soft: #444d5c;
  --vt-muted: #616b7b;
  --vt-line: #e3e6eb;
  --vt-line-strong: #c9ced7;
  --vt-hover: #f3f5f9;
  --vt-accent: #4740d4;
  --vt-on-accent: #ffffff;
  --vt-accent-soft: #edecfd;
  --vt-danger: #b42318;
  --vt-danger-soft: #fef1f0;
  --vt-danger-line: #f6c6c1;
  --vt-warn: #8a4b08;
  --vt-warn-soft: #fff6e5;
  --vt-warn-line: #f0d9a8;
  --vt-shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 8px 24px rgb(16 24 40 / 12%);
  --vt-mark: #4e79a7;
  --vt-font: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  --vt-mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --vt-radius: 8px;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) {
    color-scheme: dark;
    --vt-bg: #0c1018;
    --vt-surface: #131926;
    --vt-raised: #1a2132;
    --vt-sunken: #10151f;
    --vt-fg: #e6e9ef;
    --vt-soft: #c0c7d3;
    --vt-muted: #98a2b3;
    --vt-line: #232c3e;
    --vt-line-strong: #37435a;
    --vt-hover: #1a2233;
    --vt-accent: #a3a0ff;
    --vt-on-accent: #12122b;
    --vt-accent-soft: #232450;
    --vt-danger: #ff9b90;
    --vt-danger-soft: #35181a;
    --vt-danger-line: #6b2a29;
    --vt-warn: #f4c76f;
    --vt-warn-soft: #302510;
    --vt-warn-line: #5c4718;
    --vt-shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 10px 30px rgb(0 0 0 / 55%);
    --vt-mark: #6f9bcb;
  }
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --vt-bg: #0c1018;
  --vt-surface: #131926;
  --vt-raised: #1a2132;
  --vt-sunken: #10151f;
  --vt-fg: #e6e9ef;
  --vt-soft: #c0c7d3;
  --vt-muted: #98a2b3;
  --vt-line: #232c3e;
  --vt-line-strong: #37435a;
  --vt-hover: #1a2233;
  --vt-accent: #a3a0ff;
  --vt-on-accent: #12122b;
  --vt-accent-soft: #232450;
  --vt-danger: #ff9b90;
  --vt-danger-soft: #35181a;
  --vt-danger-line: #6b2a29;
  --vt-warn: #f4c76f;
  --vt-warn-soft: #302510;
  --vt-warn-line: #5c4718;
  --vt-shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 10px 30px rgb(0 0 0 / 55%);
  --vt-mark: #6f9bcb;
}
`;var M=new Map;function k(n){if(!M.has(n)){let t=new CSSStyleSheet;t.replaceSync(n),M.set(n,t)}return M.get(n)}function G(){let n=k(P);document.adoptedStyleSheets.includes(n)||document.adoptedStyleSheets.push(n)}function _(n){return console.warn("vitrail: a part of the page failed",n),a("div",{class:"failure",role:"alert",text:`this part of the page failed: ${n?.message??n}`})}function L(n,t,e){function s({model:o}){G();let r=a("div",{class:"vt-host"});r.style.cssText="width:100%;height:100%;min-width:0;min-height:0";let l=r.attachShadow({mode:"open"});l.adoptedStyleSheets=[k(N),k(n)];try{i(o,l,new e(l,h=>o.send_msg(h)))}catch(h){l.replaceChildren(_(h))}return r}function i(o,r,l){let h=new Set(t),y=!1,S=()=>{y=!1;let d=Object.fromEntries(t.map(p=>[p,f(o[p])])),C=h;h=new Set;try{l.update(d,C)}catch(p){r.append(_(p))}};for(let d of t)o.on(d,()=>{h.add(d),y||queueMicrotask(S),y=!0});o.on("remove",()=>l.remove?.()),S()}return{render:s}}var m=class{constructor(t){this.table=t,this.all=[],this.dragged=new Map}set(t){this.all=t,this.apply()}width(t){return this.dragged.get(t.name)??Math.max(56,Number(t.width)||160)}start(t){return this.all.slice(0,t).reduce((e,s)=>e+this.width(s),0)}resize(t,e){this.dragged.set(t.name,Math.round(Math.max(56,Math.min(1200,e)))),this.apply()}apply(){let t=this.all.map(e=>`${this.width(e)}px`);this.table.style.setProperty("--tracks",`${t.join(" ")} minmax(0, 1fr)`),this.table.style.setProperty("--total",`${this.start(this.all.length)}px`)}};var H="script,iframe,object,embed,link,meta,base,form,frame,frameset,style,foreignObject,animate,set",j=new Set(["href","src","xlink:href","action","formaction","poster","srcset"]);function q(n){return/^(javascript|vbscript|data:text)/i.test(n.replace(/[\u0000-\u0020]/g,""))}function W(n){for(let t of n.querySelectorAll(H))t.remove();for(let t of n.querySelectorAll("*"))for(let{name:e,value:s}of[...t.attributes]){let i=e.toLowerCase();(i.startsWith("on")||i==="srcdoc"||j.has(i)&&q(s))&&t.removeAttribute(e)}}function g(n){let t=document.createElement("template");return t.innerHTML=n,W(t.content),document.importNode(t.content,!0)}function B(n,t){let e=n.checked!==void 0;return a("button",{class:"item",type:"button",role:e?"menuitemradio":"menuitem",tabindex:"-1","aria-checked":e?String(n.checked):void 0,disabled:n.disabled,on:{click:()=>(t(),n.choose())}},a("span",{class:"mark"},n.checked?c("check"):n.icon?c(n.icon):null),n.color?F(n.color):null,a("span",{class:"name",text:n.label}),n.note?a("span",{class:"note",text:n.note}):null)}function F(n){let t=a("span",{class:"dot"});return t.style.setProperty("--color",CSS.supports("color",n)?n:"gray"),t}function K(n,t){return n==="-"?a("div",{class:"rule",role:"separator"}):n.heading?a("div",{class:"heading",role:"presentation",text:n.heading}):B(n,t)}function V(n,t){let e=t.getBoundingClientRect(),{offsetWidth:s,offsetHeight:i}=n,o=e.bottom+4+i<=innerHeight||e.top<i;n.style.left=`${Math.max(8,Math.min(e.left,innerWidth-s-8))}px`,n.style.top=`${o?Math.min(e.bottom+4,innerHeight-i-8):e.top-i-4}px`}function J(n,t,e){let s=[...t.querySelectorAll(".item:not(:disabled)")],i=s.indexOf(t.getRootNode().activeElement),o={ArrowDown:i+1,ArrowUp:i-1,Home:0,End:-1}[n.key];if(o!==void 0)s.at(o%s.length)?.focus();else if(n.key==="Escape"||n.key==="Tab")e();else if(n.key.length===1&&n.key!==" "){let r=n.key.toLowerCase(),l=h=>h.querySelector(".name").textContent.toLowerCase().startsWith(r);[...s.slice(i+1),...s].find(l)?.focus()}else return;n.key!=="Tab"&&n.preventDefault(),n.stopPropagation()}function R(n,t,e){let s=a("div",{class:"menu",role:"menu","aria-label":t,popover:"auto"}),i=()=>s.isConnected&&s.hidePopover();return s.append(...e.map(o=>K(o,i))),s.addEventListener("keydown",o=>J(o,s,i)),s.addEventListener("toggle",o=>{if(o.newState!=="closed")return;let r=s.contains(s.getRootNode().activeElement);s.remove(),n.setAttribute("aria-expanded","false"),r&&n.focus()}),n.getRootNode().append(s),n.setAttribute("aria-expanded","true"),s.showPopover(),V(s,n),(s.querySelector('[aria-checked="true"]')??s.querySelector(".item:not(:disabled)"))?.focus(),i}var Q={"":!1,asc:!0,desc:null},Y={"":"none",asc:"ascending",desc:"descending"},v=class{constructor(t,e,s){this.row=t,this.columns=e,this.send=s,this.cells=new Map}draw(t){let e=this.row.getRootNode().activeElement,s=e&&this.row.contains(e)?[e.closest(".head").dataset.column,e.className]:null,i=JSON.stringify(this.columns.all);i!==this.shape&&(this.shape=i,this.cells=new Map(this.columns.all.map((o,r)=>[o.name,this.#t(o,r)])),this.row.replaceChildren(...this.cells.values()),s&&this.cells.get(s[0])?.getElementsByClassName(s[1])[0]?.focus());for(let[o,r]of this.cells)this.#e(r.querySelector(".own"),t[o]??"")}#e(t,e){t.markup!==e&&(t.markup=e,t.replaceChildren(g(e)))}#t(t,e){let s=a("button",{class:"title",type:"button",title:`${t.title}
click to sort, shift and click to sort by it too`,on:{click:o=>this.#s(t,o.shiftKey),keydown:o=>this.#i(t,o)}},a("span",{class:"name",text:t.title}),t.sort?c(t.sort==="desc"?"down":"up"):null),i=a("button",{class:"more",type:"button","aria-haspopup":"menu","aria-expanded":"false","aria-label":`${t.title}: how it is shown and sorted`,on:{click:()=>this.menu(t,i)}},c("down"));return a("div",{class:`head ${t.align==="right"?"right":""}`,role:"columnheader","aria-colindex":e+1,"aria-sort":Y[t.sort??""],"data-column":t.name},a("div",{class:"line"},s,i),a("div",{class:"kind",title:t.type},a("span",{class:"glyph","aria-hidden":"true",text:t.glyph}),a("span",{class:"type",text:t.visualizer||t.type})),a("div",{class:"own"}),this.#r(t))}#s(t,e){this.send({type:"sort",column:t.name,descending:Q[t.sort??""],add:e})}#i(t,e){let s={ArrowLeft:-16,ArrowRight:16}[e.key];!s||!e.altKey||(this.columns.resize(t,this.columns.width(t)+s),e.preventDefault(),e.stopPropagation())}#r(t){return a("div",{class:"edge","aria-hidden":"true",title:"drag to make the column wider (alt and arrows on its title)",on:{pointerdown:s=>{let i=this.columns.width(t)-s.clientX,o=s.currentTarget,r=l=>this.columns.resize(t,i+l.clientX);o.setPointerCapture(s.pointerId),o.addEventListener("pointermove",r),o.addEventListener("lostpointercapture",()=>o.removeEventListener("pointermove",r),{once:!0}),s.preventDefault()}}})}menu(t,e){let s=o=>()=>this.send({type:"sort",column:t.name,descending:o,add:!1}),i=t.sort??"";R(e,t.title,[{heading:`Show ${t.type} as`},...(t.choices??[]).map(o=>({label:o,checked:o===t.visualizer,choose:()=>this.send({type:"choose",column:t.name,visualizer:o})})),{label:"Settings\u2026",icon:"settings",choose:()=>this.send({type:"settings",column:t.name})},"-",{label:"Sort ascending",icon:"up",note:i==="asc"?"now":"",choose:s(!1)},{label:"Sort descending",icon:"down",note:i==="desc"?"now":"",choose:s(!0)},{label:"Do not sort",icon:"close",disabled:!i,choose:s(null)},"-",{label:"Group by this column",icon:"group",choose:()=>this.send({type:"group",column:t.name})}])}};var Z=0,w=class{constructor(t){this.layer=t,this.pool=[],this.columns=[],this.id=`t${++Z}`}reset(t){this.columns=t,this.pool=[],this.layer.replaceChildren()}forget(){for(let t of this.pool)t.cells=null}#e(t){for(;this.pool.length<t;){let e=this.columns.map((i,o)=>a("div",{class:`cell ${i.align??""}`,role:"gridcell","aria-colindex":o+1,id:`${this.id}r${this.pool.length}c${o}`})),s=a("div",{class:"row",role:"row"},e);this.layer.append(s),this.pool.push({element:s,slots:e,index:-1,cells:null})}for(;this.pool.length>t;)this.pool.pop().element.remove()}#t(t){return this.pool[t%this.pool.length]}cell(t,e){let s=this.pool.length?this.#t(t):void 0;return s?.index===t?s.slots[e]:void 0}paint(t,e,s){this.#e(t.count);let i=!0;for(let o=t.first;o<t.first+t.count;o++){let r=this.#t(o);if(r.element.hidden=o>=t.total,r.element.hidden){r.index=-1,this.#i(r,-1,{row:null,active:null});continue}r.element.style.transform=`translateY(${o*t.height-t.top}px)`;let l=e(o);(r.index!==o||r.cells!==(l??null))&&this.#s(r,o,l),this.#i(r,o,s),i&&=!!l}return i}#s(t,e,s){t.index=e,t.cells=s??null,t.element.setAttribute("aria-rowindex",e+2),t.element.classList.toggle("loading",!s),t.slots.forEach((i,o)=>i.replaceChildren(...s?[g(s[o]??"")]:[]))}#i(t,e,{row:s,active:i}){t.element.classList.toggle("odd",e%2===1),t.element.classList.toggle("open",e===s),t.element.setAttribute("aria-selected",String(e===s)),t.slots.forEach((o,r)=>o.classList.toggle("active",i?.row===e&&i.column===r))}indexOf(t){let e=t.closest(".row");return this.pool.find(s=>s.element===e)?.index??-1}};var x=class{constructor(t,e){this.box=t,this.moved=e,this.top=0,this.length=0,this.window=0,this.last=0,t.addEventListener("scroll",()=>this.#p(),{passive:!0})}get spacer(){return Math.min(this.length,8e6)}get#e(){return Math.max(0,this.length-this.window)}get#t(){return Math.max(0,this.spacer-this.window)}get#s(){return this.length>8e6}#i(t){let[e,s]=[this.#e,this.#t];return!this.#s||t<=1e6?t:t>=e-1e6?s-(e-t):1e6+(t-1e6)*(s-2*1e6)/(e-2*1e6)}#r(t){let[e,s]=[this.#e,this.#t];return!this.#s||t<=1e6?t:t>=s-1e6?e-(s-t):1e6+(t-1e6)*(e-2*1e6)/(s-2*1e6)}#h(t){return Math.max(0,Math.min(this.#e,t))}#p(){let t=this.box.scrollTop,e=t-this.last;if(e===0)return;this.last=t;let s=t<=0||t>=this.#t,i=this.#s&&Math.abs(e)<3e3&&!s;this.top=this.#h(i?this.top+e:this.#r(t)),clearTimeout(this.idle),this.idle=setTimeout(()=>this.#c(),150),this.moved()}#c(){let t=Math.round(this.#i(this.top));Math.abs(this.box.scrollTop-t)>=1&&(this.box.scrollTop=t),this.last=this.box.scrollTop}resize(t,e){this.length=t,this.window=e,this.top=this.#h(this.top)}to(t){this.top=this.#h(t),this.#c(),this.moved()}stop(){clearTimeout(this.idle)}};var tt=(n,t)=>{let e=n?.error??`the server answered ${t}`;return typeof e=="string"?e:e.message??JSON.stringify(e)};async function et(n,t,e,s){let i=new URL(n,document.baseURI);i.searchParams.set("start",t),i.searchParams.set("stop",e);let o=await fetch(i,{signal:s,headers:{Accept:"application/json"}}),r=await o.text(),l=null;try{l=JSON.parse(r)}catch{if(o.ok)throw new Error("the server's answer could not be read")}if(!o.ok||l.error)throw new Error(tt(l,o.status));if(!Array.isArray(l.rows))throw new Error("the server's answer has no rows");return{rows:l.rows,chars:r.length}}var b=class{constructor(t,e){this.source=t,this.tell=e,this.units=new Map,this.chars=0,this.pending=new Map,this.refused=new Set,this.perRow=0}row(t){let e=Math.floor(t/8),s=this.units.get(e);if(s)return this.units.delete(e),this.units.set(e,s),s.rows[t-e*8]}get#e(){if(!this.perRow)return 16;let t=Math.max(8,Math.min(128,64e3/this.perRow));return 2**Math.floor(Math.log2(t))}want(t,e){let s=this.#e;for(let[i,o]of this.pending)(i>=e+s||o.stop<=t-s)&&(o.abort.abort(),this.pending.delete(i));for(let i=Math.floor(t/s)*s;i<e;i+=s)for(let[o,r]of this.#t(i,i+s))this.#i(o,r)}#t(t,e){let s=[];for(let i=t;i<e;i+=8){if(this.units.has(i/8)||this.refused.has(i/8)||this.#s(i))continue;let o=s.at(-1);o?.[1]===i?o[1]=i+8:s.push([i,i+8])}return s}#s(t){for(let[e,{stop:s}]of this.pending)if(e<=t&&t<s)return!0;return!1}async#i(t,e){let s=new AbortController;this.pending.set(t,{stop:e,abort:s});try{this.#r(t,e,await et(this.source,t,e,s.signal))}catch(i){if(s.signal.aborted)return;this.pending.delete(t);for(let o=t;o<e;o+=8)this.refused.add(o/8);this.tell.failed(i.message)}}#r(t,e,{rows:s,chars:i}){this.pending.delete(t),s.length&&(this.perRow=Math.max(i/s.length,this.perRow/2));for(let o=t;o<e;o+=8){let r=s.slice(o-t,o-t+8),l=i*r.length/(s.length||1);this.units.set(o/8,{rows:r,chars:l}),this.chars+=l}for(let[o,r]of this.units){if(this.chars<=24e6)break;this.units.delete(o),this.chars-=r.chars}s.length<e-t&&this.tell.ended(t+s.length),this.tell.arrived()}retry(){this.refused.clear()}close(){for(let{abort:t}of this.pending.values())t.abort();this.pending.clear()}};var D=`:host { height: 100%; }
.grid { position: relative; height: 100%; min-height: 120px; overflow: hidden; background: var(--vt-surface); outline-offset: -2px; }
.box { height: 100%; overflow: auto; overscroll-behavior: contain; scrollbar-color: var(--vt-line-strong) transparent; }
.content { position: relative; width: max(100%, var(--total, 0px)); }
.top { position: sticky; top: 0; z-index: 2; }
.heads, .row { display: grid; grid-template-columns: var(--tracks, 1fr); width: 100%; }
.heads { background: var(--vt-sunken); border-bottom: 1px solid var(--vt-line); }
.layer { position: sticky; top: var(--head, 0px); height: var(--seen, 0px); overflow: hidden; contain: strict; width: 100%; }
.row { position: absolute; inset: 0 0 auto 0; height: var(--row); border-bottom: 1px solid var(--vt-line); contain: strict; cursor: pointer; }
.row:hover { background: var(--vt-hover); }
.row.open { background: var(--vt-accent-soft); box-shadow: inset 3px 0 0 var(--vt-accent); }
.cell { display: flex; align-items: center; min-width: 0; padding: 3px 12px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.cell > * { max-width: 100%; max-height: 100%; min-width: 0; }
.cell > span { overflow: hidden; text-overflow: ellipsis; }
.cell.right { justify-content: flex-end; text-align: right; font-variant-numeric: tabular-nums; }
.cell.center { justify-content: center; text-align: center; }
.grid:focus-visible .cell.active { outline: 2px solid var(--vt-accent); outline-offset: -2px; border-radius: 4px; }
.row.loading { cursor: default; }
.row.loading .cell::before { content: ""; width: 55%; max-width: 120px; height: 9px; border-radius: 5px; background: var(--vt-line); animation: breathe 1.4s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .45; } }
.stale .layer { opacity: .45; transition: opacity .15s .12s; pointer-events: none; }

.head { position: relative; display: flex; flex-direction: column; gap: 1px; min-width: 0; padding: 7px 12px 7px; }
.head + .head::before { content: ""; position: absolute; left: 0; top: 9px; bottom: 9px; width: 1px; background: var(--vt-line); }
.line { display: flex; align-items: center; gap: 4px; min-width: 0; }
.title { display: inline-flex; align-items: center; gap: 4px; min-width: 0; border-radius: 5px; font-weight: 600; color: var(--vt-fg); }
.title .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.title .icon { color: var(--vt-accent); width: 12px; height: 12px; }
.title:hover { color: var(--vt-accent); }
.more { display: grid; place-items: center; width: 20px; height: 20px; margin: -1px -5px -1px auto; flex: none; border-radius: 5px; color: var(--vt-muted); }
.more:hover, .more[aria-expanded="true"] { background: var(--vt-line); color: var(--vt-fg); }
.kind { display: flex; align-items: center; gap: 6px; min-width: 0; color: var(--vt-muted); font-size: 11.5px; }
.glyph { font: 600 9.5px/1 var(--vt-mono); letter-spacing: .03em; color: var(--vt-accent); flex: none; }
.type { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.own { min-width: 0; color: var(--vt-muted); font-size: 11px; }
.own:not(:empty) { margin-top: 5px; }
.own svg { display: block; max-width: 100%; }
.edge { position: absolute; top: 0; bottom: 0; right: -4px; width: 9px; cursor: col-resize; z-index: 1; touch-action: none; }
.edge:hover::after, .edge:active::after { content: ""; position: absolute; inset: 0 4px 0 3px; background: var(--vt-accent); }

.empty { position: absolute; inset: var(--head, 0) 0 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 6px; padding: 24px; text-align: center; color: var(--vt-muted); pointer-events: none; }
.empty .icon { width: 30px; height: 30px; stroke-width: 1.1; margin-bottom: 4px; }
.empty b { color: var(--vt-fg); font-size: 15px; font-weight: 600; }
.bar { position: absolute; left: 12px; right: 12px; bottom: 12px; z-index: 3; display: flex; align-items: center; gap: 10px; padding: 8px 8px 8px 12px; border: 1px solid var(--vt-danger-line); border-radius: 10px; background: var(--vt-danger-soft); color: var(--vt-danger); box-shadow: var(--vt-shadow); }
.bar .said { flex: 1; min-width: 0; max-height: 6em; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.badge { position: absolute; right: 20px; bottom: 12px; z-index: 2; padding: 3px 9px; border-radius: 99px; background: var(--vt-fg); color: var(--vt-surface); font-size: 11.5px; font-variant-numeric: tabular-nums; opacity: 0; transition: opacity .2s; pointer-events: none; }
.badge.seen { opacity: .9; }
`;var it=900;function O(n,t){let[e,s=""]=n.split("?"),i=new URLSearchParams(s);for(let o of t)i.delete(o);return`${e}?${i}`}var ot=n=>O(n,["row"]),nt=n=>O(n,["row","show"]),E=class{constructor(t,e){this.send=e,this.#e(t),this.columns=new m(this.table),this.header=new v(this.heads,this.columns,e),this.rows=new w(this.layer),this.scroll=new x(this.box,()=>this.#v()),this.state={row:null,row_height:36,total:0},this.shown=null,this.next=null,this.active=null,this.known=0,this.observer=new ResizeObserver(()=>this.#f()),this.observer.observe(this.box),this.observer.observe(this.heads)}#e(t){this.heads=a("div",{class:"heads",role:"row","aria-rowindex":"1"}),this.layer=a("div",{class:"layer",role:"rowgroup"}),this.spacer=a("div",{class:"spacer",role:"presentation"}),this.box=a("div",{class:"box",role:"presentation"},a("div",{class:"content",role:"presentation"},a("div",{class:"top",role:"rowgroup"},this.heads),this.layer,this.spacer)),this.failure=a("div",{class:"bar",role:"alert",hidden:!0}),this.empty=a("div",{class:"empty",role:"status",hidden:!0}),this.badge=a("div",{class:"badge","aria-hidden":"true"}),this.table=a("div",{class:"grid",role:"grid",tabindex:"0","aria-label":"table","aria-readonly":"true"},this.box,this.empty,this.failure,this.badge),this.table.addEventListener("keydown",e=>this.#b(e)),this.layer.addEventListener("click",e=>this.#x(e)),this.table.addEventListener("focus",()=>this.#m()),t.append(this.table)}update(t,e){this.state=t;let s=t.source?ot(t.source):"",i=this.next??this.shown;!i||i.view!==s||e.has("columns")&&!this.#t(t.columns,i.columns)?this.#s(s):(i.columns=t.columns,i.total=t.total,i.headers=t.headers),this.shown&&!this.next&&this.#c(),this.#f()}#t(t,e){return t.length===e.length&&t.every((s,i)=>s.name===e[i].name)}#s(t){this.next?.windows.close(),this.shown?.windows.close();let{source:e,columns:s,headers:i,total:o}=this.state,r={view:t,rows:e?nt(e):"",columns:s,headers:i,total:o};r.windows=new b(e,{arrived:()=>this.#r(r),failed:l=>this.#u(r,l),ended:l=>this.#h(r,l)}),this.next=r,this.#u(r,""),this.table.setAttribute("aria-busy","true"),this.table.classList.toggle("stale",!!this.shown?.columns.length),!this.shown||!e||o===0?this.#p(r):this.#i()}#i(){let e=this.next.rows===this.shown.rows?this.#a:0;this.next.windows.want(e,e+this.#d)}#r(t){t===this.next&&t!==this.shown?this.#p(t):t===this.shown&&this.#l()}#h(t,e){(t.total<0||t.total>e)&&(t.ended=e)}#p(t){let e=this.shown?.rows===t.rows;this.shown=t,this.next=null,this.known=0,this.table.classList.remove("stale"),this.columns.set(t.columns),this.rows.reset(t.columns),e||(this.active=null,this.scroll.top=0,this.box.scrollTop=0,this.scroll.last=this.box.scrollTop),this.#c(),this.#f()}#c(){let{columns:t,headers:e}=this.shown,s=t.map(i=>i.align).join()!==this.rows.columns.map(i=>i.align).join();this.columns.set(t),s&&this.rows.reset(t),this.header.draw(e??{}),this.table.setAttribute("aria-colcount",t.length)}#u(t,e){if(t!==(this.next??this.shown))return;if(this.failure.hidden=!e,!e)return this.failure.replaceChildren();let s=()=>{t.windows.retry(),this.#u(t,""),this.next?this.#i():this.#l()};this.failure.replaceChildren(c("alert"),a("span",{class:"said",text:e}),a("button",{class:"button",type:"button",text:"Try again",on:{click:s}})),this.table.setAttribute("aria-busy","false")}get#n(){return Math.max(16,this.state.row_height||36)}get#o(){let{total:t,ended:e}=this.shown;return e!==void 0?e:t<0?this.known:t}get#a(){return Math.floor(this.scroll.top/this.#n)}get#d(){return Math.ceil(this.scroll.window/this.#n)+1}#f(){if(!this.shown)return;let t=this.heads.offsetHeight,e=Math.max(0,this.box.clientHeight-t);this.scroll.window=e,this.shown.total<0&&(this.known=Math.max(this.known,this.#a+2*this.#d)),this.scroll.resize(this.#o*this.#n,e),this.table.style.setProperty("--row",`${this.#n}px`),this.table.style.setProperty("--head",`${t}px`),this.table.style.setProperty("--seen",`${e}px`),this.spacer.style.height=`${Math.max(0,this.scroll.spacer-e)}px`,this.table.setAttribute("aria-rowcount",this.shown.total<0?-1:this.#o+1),this.#l()}#v(){this.shown.total<0&&this.shown.ended===void 0&&this.#a+this.#d>=this.known&&this.#f(),this.#l();let t=Math.min(this.#o,this.#a+this.#d-1);this.badge.textContent=`${u(this.#a+1)}\u2013${u(t)} of ${this.shown.total<0?"\u2026":u(this.#o)}`,this.badge.classList.add("seen"),clearTimeout(this.fading),this.fading=setTimeout(()=>this.badge.classList.remove("seen"),it)}#l(){this.frame??=requestAnimationFrame(()=>{this.frame=void 0,this.#m()})}#m(){if(!this.shown||(this.#w(),this.next))return;let[t,e,s]=[this.#a,this.#n,this.#o],i={first:t,count:this.#d,total:s,top:this.scroll.top,height:e},o=this.rows.paint(i,l=>this.shown.windows.row(l),{row:this.state.row,active:this.active});this.state.source&&!o&&this.shown.windows.want(t,Math.min(s,t+i.count)),this.table.setAttribute("aria-busy",String(!o&&this.failure.hidden));let r=this.active&&this.rows.cell(this.active.row,this.active.column);r?this.table.setAttribute("aria-activedescendant",r.id):this.table.removeAttribute("aria-activedescendant")}#w(){let t=!this.next&&this.#o===0&&this.failure.hidden;if(this.empty.hidden=!t,!t)return;let[e,s]=this.state.source?["No rows","Nothing passes the filter. Loosen it, or press Reset to see the whole table."]:["No table is open","Choose one from the list on the left."];this.empty.replaceChildren(c("table"),a("b",{text:e}),a("span",{text:s}))}#x(t){t.target.closest("a,button,input,select,summary,textarea,[data-keep]")||String(getSelection())||this.#g(this.rows.indexOf(t.target),t.target)}#g(t,e){if(t<0||this.next||!this.shown.windows.row(t))return;let s=e?.closest(".cell")?.getAttribute("aria-colindex");this.active={row:t,column:s?s-1:this.active?.column??0},this.send({type:"open",row:t}),this.#l()}#b(t){let e=this.heads.contains(t.composedPath()[0]);if(t.ctrlKey&&!["Home","End"].includes(t.key)||t.altKey||t.metaKey||e||!this.shown||t.composedPath()[0].closest?.(".menu,.bar"))return;let s=Math.max(1,Math.floor(this.scroll.window/this.#n)),i=this.#o-1,{row:o,column:r}=this.active??{row:this.#a,column:0},l=!this.active&&["ArrowDown","ArrowUp"].includes(t.key),h={ArrowDown:[o+1,r],ArrowUp:[o-1,r],ArrowLeft:[o,r-1],ArrowRight:[o,r+1],PageDown:[o+s,r],PageUp:[o-s,r],Home:[0,r],End:[i,r]}[t.key];if(h)this.#y(l?[o,r]:h);else if(t.key==="Enter"&&this.active)this.#g(this.active.row);else return;t.preventDefault()}#y([t,e]){this.#o!==0&&(this.active={row:Math.max(0,Math.min(this.#o-1,t)),column:Math.max(0,Math.min(this.columns.all.length-1,e))},this.#M(this.active),this.#l())}#M({row:t,column:e}){let[s,i]=[t*this.#n,this.#n];s<this.scroll.top?this.scroll.to(s):s+i>this.scroll.top+this.scroll.window&&this.scroll.to(s+i-this.scroll.window);let o=this.columns.start(e),r=o+this.columns.width(this.columns.all[e]);o<this.box.scrollLeft?this.box.scrollLeft=o:r>this.box.scrollLeft+this.box.clientWidth&&(this.box.scrollLeft=r-this.box.clientWidth)}remove(){this.observer.disconnect(),this.scroll.stop(),clearTimeout(this.fading),cancelAnimationFrame(this.frame),this.next?.windows.close(),this.shown?.windows.close()}},z=L(D,["columns","headers","total","row_height","source","row"],E);var It={Grid:z};export{It as default};

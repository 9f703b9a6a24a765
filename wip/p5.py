from p4 import *
import sys
def N4(xs,lo,hi,a=1.,c=2.,d=2.,f=4.,q_=.975,pool=True,scale=0,eps=1e-12,dk=None):
    K=len(xs); ys=[(x-lo)/(hi-lo) for x in xs]; ns=np.array([y.shape[1] for y in ys]); sh=(1/ns)/(1/ns).sum()
    m=sum(y.mean(1) for y in ys)/K
    N=K*K/(1/ns).sum()
    mt=(m*N+a)/(N+2*a)
    V=0;den=0
    for y,n,q in zip(ys,ns,sh):
        mk=y.mean(1); s2=y.var(1,ddof=1) if n>1 else 0*mk
        ak=a*q; ck=c*q
        mtk=(n*mk+ak)/(n+2*ak); v0=mtk*(1-mtk)
        b=np.maximum(mk*(1-mk),eps)
        e=f*(n-1)*b
        if scale==1: s2=s2*np.maximum(v0/b,1)
        if scale==2: s2=np.minimum(s2,b)*np.maximum(v0/b,1)
        if pool: v0=np.maximum(v0,mt*(1-mt))
        st=(e*s2+ck*v0)/(e+ck)
        v=st/n/K**2; V=V+v; den=den+v**2/(n-1+d)
    df=V**2/den; t=T.ppf(q_,df)
    ne=np.maximum(mt*(1-mt)/V,1e-9)
    z2=t*t
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(np.maximum(z2*(m*(1-m)/ne+z2/(4*ne**2)),0))/(1+z2/ne)
    return m, ce-h, ce+h
bins=["0.5","0.7","0.9","0.95","0.97","0.99","onebad","allbut"]
conts=["mixed","ceil95","ceil99","graded_ceil","pm1","refuser","graded","half","diff1","diff2","diff3"]
def dd(k):
    if k=="diff1": return np.array([-1,0,1.]),np.array([.02,.96,.02]),-2,2
    if k=="diff2": return np.array([-1,0,1.]),np.array([.15,.6,.25]),-2,2
    if k=="diff3": return np.array([-2,0,2.]),np.array([.01,.98,.01]),-2,2
    return *dist(k),-1,1
def table(f,**kw):
    print(f.__name__,kw); print(" "*13+" ".join(f"{k[:9]:>9}" for k in bins+conts))
    S=2000
    for name,sz in sets.items():
        row=[]
        for k in bins:
            pp=ps(k,len(sz)); xs=[(rng.random((S,n))<p).astype(float) for n,p in zip(sz,pp)]
            m,l,u=f(xs,0.,1.,**kw); mu=np.mean(pp)
            row.append(f"{np.mean((l<=mu+1e-9)&(mu-1e-9<=u)):.3f}/{np.mean(u-l):.2f}")
        for k in conts:
            v,p,lo,hi=dd(k); xs=[rng.choice(v,size=(S,n),p=p) for n in sz]
            m,l,u=f(xs,lo,hi,**kw); mu=((v*p).sum()-lo)/(hi-lo)
            row.append(f"{np.mean((l<=mu+1e-9)&(mu-1e-9<=u)):.3f}/{np.mean(u-l):.2f}")
        print(f"{name:>13}"+" ".join(f"{r:>9}" for r in row),flush=True)
if __name__=="__main__":
    for kw in (dict(pool=True,scale=0),dict(pool=True,scale=1),dict(pool=False,scale=1)): table(N4,**kw)

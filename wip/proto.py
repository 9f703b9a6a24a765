import numpy as np, sys
from scipy.stats import t as T
rng=np.random.default_rng(0)
def dist(kind):
    if kind=="mixed": v=np.array([-1,-.6,0,.6,.8,1.]); p=np.array([.08,.06,.2,.12,.2,.34])
    if kind=="ceil95": v=np.array([-1,0,.8,1.]); p=np.array([.02,.03,.0,.95])
    if kind=="ceil99": v=np.array([-1,0,1.]); p=np.array([.005,.005,.99])
    if kind=="graded_ceil": v=np.array([0,.6,.8,1.]); p=np.array([.02,.03,.15,.8])
    if kind=="pm1": v=np.array([-1,1.]); p=np.array([.3,.7])
    if kind=="refuser": v=np.array([-1,0,1.]); p=np.array([.02,.9,.08])
    if kind=="graded": v=np.array([.2,.4,.6,.8,1.]); p=np.array([.1,.2,.3,.2,.2])
    if kind=="half": v=np.array([0,1.]); p=np.array([.48,.52])
    return v,p
def stats(x): return x.mean(1), x.var(1,ddof=1) if x.shape[1]>1 else np.full(len(x),np.nan)
def current(xs):
    K=len(xs); m=sum(x.mean(1) for x in xs)/K
    V=sum(x.var(1,ddof=1)/x.shape[1] for x in xs)/K**2
    df=sum(x.shape[1] for x in xs)-K
    h=T.ppf(.975,df)*np.sqrt(V); return m,m-h,m+h
def new(xs,a=1.,c=2.,wil=True):
    K=len(xs); ys=[(x+1)/2 for x in xs]
    m=sum(y.mean(1) for y in ys)/K
    vs=[];den=0
    for y in ys:
        n=y.shape[1]; mk=y.mean(1); s2=y.var(1,ddof=1) if n>1 else 0*mk
        mt=(n*mk+a)/(n+2*a); v0=mt*(1-mt)
        st=((n-1)*s2+c*v0)/(n-1+c)
        v=st/n/K**2; vs.append(v); den=den+v**2/(n-1+c)
    V=sum(vs); df=V**2/den
    t=T.ppf(.975,df)
    if not wil: h=t*np.sqrt(V); return 2*m-1, np.maximum(2*(m-h)-1,-1), np.minimum(2*(m+h)-1,1)
    N=sum(y.shape[1] for y in ys)
    mt=(m*N+a)/(N+2*a)
    ne=np.maximum(mt*(1-mt)/V,1e-9)
    z2=t*t
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(z2*(m*(1-m)/ne+z2/(4*ne**2)))/(1+z2/ne)
    return 2*m-1, 2*(ce-h)-1, 2*(ce+h)-1
sets={"12x24":[24]*12,"2,100x4":[2]+[100]*4,"3,200x4":[3]+[200]*4,"1x3":[3],"2,3,8,40,20":[2,3,8,40,20],"1x5":[5],"1x10":[10],"1x20":[20],"2x5":[5,5],"4x3":[3]*4,"5x40":[40]*5,"8x400":[400]*8,"1x2":[2],"12x2":[2]*12}
S=4000
kinds=["mixed","ceil95","ceil99","graded_ceil","pm1","refuser","graded","half"]
def run(f,**kw):
    print(f.__name__,kw); print(" "*14+" ".join(f"{k:>14}" for k in kinds))
    for name,sz in sets.items():
        row=[]
        for k in kinds:
            v,p=dist(k); xs=[rng.choice(v,size=(S,n),p=p) for n in sz]
            m,l,u=f(xs,**kw); mu=(v*p).sum()
            cov=np.mean((l<=mu+1e-9)&(mu-1e-9<=u)); w=np.mean(u-l)
            row.append(f"{cov:.3f}/{w:.2f}")
        print(f"{name:>13} "+" ".join(f"{r:>14}" for r in row),flush=True)
if __name__=="__main__":
    run(current)
    for a,c in ((1,1),(1,2),(2,2),(1,3)): run(new,a=a,c=c)
